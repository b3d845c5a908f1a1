import { isUtf8 } from 'node:buffer'
import { AppError } from '../../errors.ts'
import { describeUtf8Fault } from '../../users/broken-record.ts'
import { isUserId } from '../../users/user-id.ts'
import { isBlank, withoutMark } from './blanks.ts'
import { columnNames, isEmptyCell } from './csv-column.ts'
import { csvDocument } from './csv-document.ts'
import { cellsCutAt, notCsv } from './csv-row.ts'
import { type CsvRow, csvRows } from './csv-rows.ts'
import { SEPARATOR_LINE } from './csv-shape.ts'
import type { Fault, RawRecord, RecordFault, Splitter, SplitterOptions, TextPosition } from './raw-record.ts'
import { truncated } from './truncated.ts'

const BEGINNING = { line: 1, byteOffset: 0 }

/**
 * The rows under a header, each as the JSON document that its cells make. Papa Parse cuts a row into its cells, and its result counts for that row. A row of empty cells is no record.
 */
export function csvSplitter({
  maxRecordBytes,
  definition,
  from,
  delimiter = ',',
}: SplitterOptions): Splitter {
  const rows = csvRows({ maxRecordBytes, delimiter, from: from ?? BEGINNING })
  const cellsOf = cellsCutAt(delimiter)
  let columns = from?.columns
  let toDocument = columns && csvDocument(columns, definition)
  let isGivenUp = false

  function toRecords({ position, next, bytes }: CsvRow): RawRecord[] {
    if (isGivenUp) return []
    if (bytes === undefined) {
      const message = `Expected a row of at most ${maxRecordBytes} bytes`
      return toDocument ? [fault({ position, next }, { code: 'RECORD_TOO_LARGE', message })] : giveUp(message)
    }
    const row = position.byteOffset === 0 ? withoutMark(bytes) : bytes
    if (row.every(isBlank)) return []
    let cells: string[] = []
    try {
      cells = cellsOf(row.toString())
      if (!isUtf8(row)) throw new AppError('RECORD_NOT_UTF8', describeUtf8Fault(row))
      if (cells.every(isEmptyCell)) return []
      if (columns === undefined || toDocument === undefined) return takeHeader(cells, position, next)
      assertWhole(cells, columns)
      return [{ position, next: { ...next, columns }, bytes: Buffer.from(toDocument(cells)) }]
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      if (toDocument === undefined) return giveUp(error.message)
      const { code, message, problems } = error
      const [{ path } = { path: '' }] = problems
      return [fault({ position, next }, { code, message, path, ...idOf(cells) })]
    }
  }

  function takeHeader(cells: string[], position: TextPosition, next: TextPosition): RawRecord[] {
    if (position.byteOffset === 0 && SEPARATOR_LINE.test(cells.join(delimiter))) return []
    columns = columnNames(cells)
    toDocument = csvDocument(columns, definition)
    const unnamed = columns.indexOf('') + 1
    if (unnamed === 0) return []
    const warning = `Column ${unnamed} has no name: its cells are stored as the member "" (pandas: to_csv(index=False))`
    return [{ position: BEGINNING, next: { ...next, columns }, warning }]
  }

  /** The id of a row that is a reject, where its cell can be read. */
  function idOf(cells: readonly string[]): { id?: string } {
    const [id] = ['id', 'user'].map((name) => cells[columns?.indexOf(name) ?? -1]).filter(Boolean)
    return id !== undefined && isUserId(id) && !id.includes('\ufffd') ? { id } : {}
  }

  function fault({ position, next }: Pick<CsvRow, 'position' | 'next'>, recordFault: RecordFault): RawRecord {
    return { position, next: { ...next, ...(columns && { columns }) }, fault: recordFault }
  }

  function giveUp(message: string): RawRecord[] {
    isGivenUp = true
    return [{ position: BEGINNING, next: BEGINNING, fileFault: { code: 'FILE_MALFORMED', message } }]
  }

  function end(): RawRecord[] {
    if (isGivenUp) return []
    const message = 'Expected the quote that ends a cell, got the end of the file'
    if (rows.isInQuotes()) return cut({ code: 'FILE_TRUNCATED', message })
    const records = [...rows.takeEnded(), rows.take()].flatMap(toRecords)
    return toDocument || isGivenUp ? records : giveUp('Expected a header row, got an empty file')
  }

  function cut(reason: Fault): RawRecord[] {
    if (isGivenUp) return []
    const records = rows.takeEnded().flatMap(toRecords)
    const record = toDocument === undefined ? undefined : rows.begun()
    const next = { ...rows.here(), ...(columns && { columns }) }
    return [...records, ...truncated(reason, { record, next })]
  }

  return { push: (chunk) => (isGivenUp ? [] : rows.push(chunk).flatMap(toRecords)), end, cut }
}

/** Excel writes empty cells behind those that the header names. */
function assertWhole(cells: string[], columns: string[]): void {
  const isWhole = cells.length >= columns.length && cells.slice(columns.length).every(isEmptyCell)
  if (isWhole) return
  throw notCsv(`Expected ${columns.length} cells, as in the header, got ${cells.length}`)
}
