import Papa from 'papaparse'
import { AppError } from '../../errors.ts'

/**
 * Cuts the text of one row into its cells.
 *
 * @throws AppError RECORD_NOT_CSV
 */
export function cellsCutAt(delimiter: string): (row: string) => string[] {
  // Not Papa.parse, which looks for a byte order mark in every text that it is given.
  const parser = new Papa.Parser({ delimiter, newline: '\n' })
  return (row) => {
    const { data, errors }: Papa.ParseResult<string[]> = parser.parse(row, 0, false)
    const [cells, ...others] = data
    if (cells !== undefined && others.length === 0 && errors.length === 0) return cells
    throw notCsv('Expected a quote within quotes to be doubled, and cells in quotes to end with them')
  }
}

export function notCsv(message: string): AppError {
  return new AppError('RECORD_NOT_CSV', message)
}
