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
  const isFormula = typeof value !== 'number' && FORMULA.test(text) && !PLAIN_NUMBER.test(text)
  const safe = isFormula ? `'${text}` : text
  return /[",\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
