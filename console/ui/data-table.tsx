import type { ComponentChildren } from 'preact'
import { useRef } from 'preact/hooks'
import { useRowsInSight } from './rows-in-sight.ts'

export interface Column<T> {
  name: string
  cell: (row: T, index: number) => ComponentChildren
  kind?: 'number' | 'bar' | 'short' | 'text' | 'long'
  /** The column that names the row. */
  isName?: boolean
}

interface DataTableProps<T> {
  label: string
  columns: readonly Column<T>[]
  rows: readonly T[]
  keyOf: (row: T, index: number) => string | number
}

/** In rem. A table that has more room gives each column its share of it. */
const WIDTHS = { number: 5.5, bar: 15, short: 7, text: 12, long: 26 }

/** A table of any length: only the rows in sight are in the document, and a screen reader still hears their number. */
export function DataTable<T>({ label, columns, rows, keyOf }: DataTableProps<T>) {
  const scroller = useRef<HTMLElement>(null)
  const { first, last, before, after } = useRowsInSight(scroller, rows.length)
  const widths = columns.map(({ kind = 'text' }) => WIDTHS[kind])
  const minWidth = `${widths.reduce((sum, width) => sum + width, 0)}rem`
  return (
    // An area that scrolls needs the focus to scroll by keyboard.
    <section class="scroller" ref={scroller} tabIndex={0} aria-label={label}>
      <table class="data" style={{ minWidth }} aria-rowcount={rows.length + 1}>
        <caption class="hidden">{label}</caption>
        <colgroup>
          {columns.map(({ name }, i) => (
            <col key={name} style={{ width: `${widths[i]}rem` }} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map(({ name, kind = '' }) => (
              <th key={name} scope="col" class={kind}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <Spacer height={before} />
        <tbody>
          {rows.slice(first, last).map((row, i) => (
            <tr key={keyOf(row, first + i)} aria-rowindex={first + i + 2}>
              {columns.map(({ name, cell, kind = '', isName }) =>
                isName ? (
                  <th key={name} scope="row" class={kind}>
                    {cell(row, first + i)}
                  </th>
                ) : (
                  <td key={name} class={kind}>
                    {cell(row, first + i)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
        <Spacer height={after} />
      </table>
    </section>
  )
}

/** Takes the place of the rows out of sight. Preact sets the height through the CSSOM, which the policy allows. */
function Spacer({ height }: { height: number }) {
  if (height === 0) return null
  return (
    <tbody class="spacer" aria-hidden="true">
      <tr>
        <td style={{ height: `${height}px` }} />
      </tr>
    </tbody>
  )
}
