import { asText, type Column, type Row } from './row.ts'

/** Without it, Excel reads the file in its own code page. */
const BYTE_ORDER_MARK = '\ufeff'
/** A spreadsheet takes such a text for a formula (CWE-1236), also if the sign is in its wide form. */
const FORMULA = /^[\s\0]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/
const PLAIN_NUMBER = /^[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$/

/** RFC 4180, with a header. */
export async function* csvFile(
  columns: readonly Column[],
  batches: AsyncIterable<readonly Row[]>,
): AsyncIterable<Buffer> {
  yield Buffer.from(BYTE_ORDER_MARK + csvLine(columns.map(({ name }) => name)))
  for await (const rows of batches) yield Buffer.from(rows.map(csvLine).join(''))
}

function csvLine(values: Row): string {
  return `${values.map(csvCell).join(',')}\r\n`
}

/** A text that would be a formula begins with an apostrophe, which a spreadsheet shows as text. */
export function csvCell(value: unknown): string {
  const text = asText(value) ?? ''
  const safe = typeof value !== 'number' && isGuarded(text) ? `'${text}` : text
  // Where the decimal separator is a comma, Excel separates columns by semicolons.
  return /[",;\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** Whether a CSV shows the text with one more apostrophe. */
export function isGuarded(text: string): boolean {
  return FORMULA.test(text.replace(/^'+/, '')) && !PLAIN_NUMBER.test(text)
}

/** The text of a cell without the apostrophe that `csvCell` has put before it. */
export function withoutGuard(text: string): string {
  return text.startsWith("'") && isGuarded(text.slice(1)) ? text.slice(1) : text
}

/** Whether Excel shows another text: it drops zeros before a number and digits after the 15th, and makes dates. */
export function isChangedByExcel(text: string): boolean {
  return /^0\d|^\d{16}|^\d+(?:\.\d+)?[eE][-+]?\d+$|^\d{1,4}[-/.]\d{1,2}(?:[-/.]\d{1,4})?$/.test(text.trim())
}
