import { isUtf8 } from 'node:buffer'
import { AppError } from '../../errors.ts'
import { describeUtf8Fault } from '../../users/broken-record.ts'
import { isUserId } from '../../users/user-id.ts'
import { BYTE_ORDER_MARK, isBlank, withoutMark } from './blanks.ts'
import { columnNames, isEmptyCell } from './csv-column.ts'
import { csvDocument } from './csv-document.ts'
import { cellsCutAt, notCsv } from './csv-row.ts'
import { SEPARATOR_LINE } from './csv-shape.ts'
import { pendingBytes } from './pending-bytes.ts'
import type { Fault, RawRecord, RecordFault, Splitter, SplitterOptions, TextPosition } from './raw-record.ts'
import { truncated } from './truncated.ts'

const [LINE_FEED, RETURN, QUOTE] = [0x0a, 0x0d, 0x22]

/**
 * The rows under a header, each as the JSON document that its cells make. It finds only where rows end (RFC 4180: at
 * a line break outside quotes, which open at the beginning of a cell; a lone CR is one, too, as in files of Excel for
 * Macintosh). What is in a row is for Papa Parse, and its verdict counts for one row. A row without text is none.
 */
export function csvSplitter({
  maxRecordBytes,
  definition,
  from,
  delimiter = ',',
}: SplitterOptions): Splitter {
  const pending = pendingBytes(maxRecordBytes)
  const cellsOf = cellsCutAt(delimiter)
  const between = delimiter.charCodeAt(0)
  let columns = from?.columns
  let toDocument = columns && csvDocument(columns, definition)
  let where: 'cell begins' | 'cell' | 'quotes' | 'quote in quotes' = 'cell begins'
  /** The byte before was a CR, in quotes or at the end of a row: an LF behind it is of the same line break. */
  let isBehindReturn = false
  let isGivenUp = false
  let { line, byteOffset } = from ?? { line: 1, byteOffset: 0 }
  let start: TextPosition = { line, byteOffset }

  /** Looks at one byte; true when the row has ended with it. */
  function endsRow(byte: number): boolean {
    if (byte === QUOTE) {
      if (where === 'quotes') where = 'quote in quotes'
      else if (where !== 'cell') where = 'quotes'
      return false
    }
    if (where === 'quotes') return false
    const isOfMark = byteOffset < BYTE_ORDER_MARK.length && byte === BYTE_ORDER_MARK[byteOffset]
    const isBreak = byte === LINE_FEED || byte === RETURN
    where = isBreak || byte === between || (isOfMark && where === 'cell begins') ? 'cell begins' : 'cell'
    return isBreak
  }

  function takeRow(): RawRecord[] {
    const position = start
    start = { line, byteOffset }
    const bytes = pending.take()
    if (bytes === undefined) {
      const message = `Expected a row of at most ${maxRecordBytes} bytes`
      return toDocument ? [fault(position, { code: 'RECORD_TOO_LARGE', message })] : giveUp(message)
    }
    const row = position.byteOffset === 0 ? withoutMark(bytes) : bytes
    if (row.every(isBlank)) return []
    let cells: string[] = []
    try {
      cells = cellsOf(row.toString())
      if (!isUtf8(row)) throw new AppError('RECORD_NOT_UTF8', describeUtf8Fault(row))
      if (cells.every(isEmptyCell)) return []
      if (columns === undefined || toDocument === undefined) return takeHeader(cells)
      assertWhole(cells, columns)
      return [{ position, next: next(), bytes: Buffer.from(toDocument(cells)) }]
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      if (toDocument === undefined) return giveUp(error.message)
      const [{ path } = { path: '' }] = error.problems
      return [fault(position, { code: error.code, message: error.message, path, ...idOf(cells) })]
    }
  }

  function takeHeader(cells: string[]): RawRecord[] {
    if (byteOffset < 16 && SEPARATOR_LINE.test(cells.join(delimiter))) return []
    const names = columnNames(cells)
    toDocument = csvDocument(names, definition)
    columns = names
    const unnamed = names.indexOf('') + 1
    if (unnamed === 0) return []
    const warning = `Column ${unnamed} has no name: its cells are stored as the member "" (pandas: to_csv(index=False))`
    return [{ position: { line: 1, byteOffset: 0 }, next: next(), warning }]
  }

  /** The id of a row that is a reject, where its cell can be read. */
  function idOf(cells: readonly string[]): { id?: string } {
    const [id] = ['id', 'user'].map((name) => cells[columns?.indexOf(name) ?? -1]).filter(Boolean)
    return id !== undefined && isUserId(id) && !id.includes('\ufffd') ? { id } : {}
  }

  const next = () => ({ line, byteOffset, ...(columns && { columns }) })

  function fault(position: TextPosition, fault: RecordFault): RawRecord {
    return { position, next: next(), fault }
  }

  function giveUp(message: string): RawRecord[] {
    isGivenUp = true
    const place = { line: 1, byteOffset: 0 }
    return [{ position: place, next: place, fileFault: { code: 'FILE_MALFORMED', message } }]
  }

  function push(chunk: Buffer): RawRecord[] {
    const records: RawRecord[] = []
    let from = 0
    let i = 0
    const advance = () => {
      i++
      byteOffset++
    }
    while (i < chunk.length && !isGivenUp) {
      const byte = chunk[i] ?? 0
      if (isBehindReturn) {
        isBehindReturn = false
        const isRowEnd = where === 'cell begins'
        // In quotes the LF itself counts the line.
        if (isRowEnd || byte !== LINE_FEED) line++
        if (isRowEnd) {
          if (byte === LINE_FEED) advance()
          records.push(...takeRow())
          from = i
          continue
        }
      }
      const isEnd = endsRow(byte)
      if (isEnd) pending.add(chunk.subarray(from, i))
      advance()
      if (byte === RETURN) isBehindReturn = true
      else if (byte === LINE_FEED) line++
      if (!isEnd) continue
      from = i
      if (byte === LINE_FEED) records.push(...takeRow())
    }
    if (!isGivenUp) pending.add(chunk.subarray(from))
    return records
  }

  /** The row that a CR has ended, when the text ends behind it. */
  function takeEndedRow(): RawRecord[] {
    if (!isBehindReturn || where !== 'cell begins') return []
    isBehindReturn = false
    line++
    return takeRow()
  }

  function end(): RawRecord[] {
    if (isGivenUp) return []
    const message = 'Expected the quote that ends a cell, got the end of the file'
    if (where === 'quotes') return cut({ code: 'FILE_TRUNCATED', message })
    const records = [...takeEndedRow(), ...(isGivenUp ? [] : takeRow())]
    return toDocument || isGivenUp ? records : giveUp('Expected a header row, got an empty file')
  }

  function cut(reason: Fault): RawRecord[] {
    if (isGivenUp) return []
    const records = takeEndedRow()
    const isWithinRow = toDocument !== undefined && pending.length > 0
    return [...records, ...truncated(reason, { record: isWithinRow ? start : undefined, next: next() })]
  }

  return { push, end, cut }
}

/** Excel writes empty cells behind those that the header names. */
function assertWhole(cells: string[], columns: string[]): void {
  const isWhole = cells.length >= columns.length && cells.slice(columns.length).every(isEmptyCell)
  if (isWhole) return
  throw notCsv(`Expected ${columns.length} cells, as in the header, got ${cells.length}`)
}
