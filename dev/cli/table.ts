import stringWidth from 'string-width'
import { escapeUnsafe } from '../../lib/lambda/visible.ts'
import { lineWidth, padEnd, truncate } from './layout.ts'

export interface Column {
  head: string
  /** Text that may be truncated where the line is too short; a number never is. */
  isText?: boolean
}

/** A column of text that gets less than this says too little. */
const LEAST_TEXT_WIDTH = 8

/**
 * A table that is no wider than the line. Its texts share what the other columns leave; where that is too little, each
 * row becomes lines of `name value`, as `\x auto` does in psql.
 */
export function table(columns: readonly Column[], rows: readonly string[][], width = lineWidth()): string {
  const lines = [columns.map(({ head }) => head), ...rows].map((cells) => cells.map(escapeUnsafe))
  const natural = columns.map((_, i) => Math.max(...lines.map((cells) => stringWidth(cells[i] ?? ''))))
  const widths = fitWidths(columns, natural, width - (3 * columns.length + 1))
  return widths === undefined ? expanded(lines, width) : boxed(lines, widths)
}

/** The widths of the columns, or undefined where they cannot be made to fit. */
function fitWidths(
  columns: readonly Column[],
  natural: readonly number[],
  available: number,
): number[] | undefined {
  const widthsAt = (cap: number) =>
    natural.map((wanted, i) => (columns[i]?.isText ? Math.min(wanted, cap) : wanted))
  for (let cap = Math.max(LEAST_TEXT_WIDTH, ...natural); cap >= LEAST_TEXT_WIDTH; cap--) {
    const widths = widthsAt(cap)
    if (widths.reduce((sum, one) => sum + one, 0) <= available) return widths
  }
  return undefined
}

function boxed([head = [], ...rows]: string[][], widths: readonly number[]): string {
  const rule = (left: string, middle: string, right: string) =>
    left + widths.map((width) => '─'.repeat(width + 2)).join(middle) + right
  const line = (cells: string[]) =>
    `│ ${widths.map((width, i) => padEnd(truncate(cells[i] ?? '', width), width)).join(' │ ')} │`
  return [rule('┌', '┬', '┐'), line(head), rule('├', '┼', '┤'), ...rows.map(line), rule('└', '┴', '┘')].join(
    '\n',
  )
}

function expanded([head = [], ...rows]: string[][], width: number): string {
  const nameWidth = Math.min(Math.max(...head.map((name) => stringWidth(name))), Math.floor(width / 2))
  const line = (name: string, cell: string) =>
    `${padEnd(truncate(name, nameWidth), nameWidth)}  ${truncate(cell, Math.max(1, width - nameWidth - 2))}`
  return rows.map((cells) => head.map((name, i) => line(name, cells[i] ?? '')).join('\n')).join('\n\n')
}
