import { AppError } from '../../errors.ts'
import { withoutMark } from './blanks.ts'
import { namesUser } from './csv-column.ts'
import { cellsCutAt } from './csv-row.ts'

const [LINE_FEED, RETURN, QUOTE] = [0x0a, 0x0d, 0x22]
const DELIMITERS = [',', ';', '\t', '|']

/** `sep=;` in the first line tells Excel what is between cells. */
export const SEPARATOR_LINE = /^"?sep=(.?)"?$/i

/**
 * The separator of a CSV, by its header row: the separator that gives a column named id or user.
 *
 * @returns undefined when the text has no such header; 'more' when so few bytes do not tell
 */
export function csvDelimiter(text: Buffer, isWhole: boolean): string | 'more' | undefined {
  const bytes = withoutMark(text)
  const end = rowEnd(bytes)
  if (end === undefined && !isWhole) return 'more'
  const row = bytes.toString('utf8', 0, end)
  const [, separator] = SEPARATOR_LINE.exec(row) ?? []
  if (separator) return separator
  return DELIMITERS.find((delimiter) => isHeader(row, delimiter))
}

function isHeader(row: string, delimiter: string): boolean {
  try {
    return cellsCutAt(delimiter)(row).some((name) => namesUser(name.trim()))
  } catch (error) {
    if (error instanceof AppError) return false
    throw error
  }
}

/** Where the first row that is not blank ends, outside quotes. */
function rowEnd(bytes: Buffer): number | undefined {
  let inQuotes = false
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]
    if (byte === QUOTE) inQuotes = !inQuotes
    else if (!inQuotes && (byte === LINE_FEED || byte === RETURN)) return i
  }
  return undefined
}
