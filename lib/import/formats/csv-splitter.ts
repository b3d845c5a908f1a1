import Papa from 'papaparse'
import { AppError } from '../../errors.ts'
import { BYTE_ORDER_MARK, isBlank, withoutMark } from './blanks.ts'
import { csvDocument } from './csv-document.ts'
import { pendingBytes } from './pending-bytes.ts'
import type { Fault, RawRecord, Splitter, SplitterOptions, TextPosition } from './raw-record.ts'
import { truncated } from './truncated.ts'

const [LINE_FEED, CARRIAGE_RETURN, QUOTE, COMMA] = [0x0a, 0x0d, 0x22, 0x2c]

/**
 * The rows under a header, each as the JSON document that its cells make. It finds only where rows end (RFC 4180: at
 * a line break outside quotes, which open at the beginning of a cell); what is in a row is for Papa Parse, whose verdict
 * then counts for one row. Blank lines are no rows.
 */
export function csvSplitter({ maxRecordBytes, definition, from }: SplitterOptions): Splitter {
  const pending = pendingBytes(maxRecordBytes)
  let columns = from?.columns
  let toDocument = columns && csvDocument(columns, definition)
  let where: 'cell begins' | 'cell' | 'quotes' | 'quote in quotes' = 'cell begins'
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
    const begins = byte === COMMA || byte === LINE_FEED || (isOfMark && where === 'cell begins')
    where = begins ? 'cell begins' : 'cell'
    return byte === LINE_FEED
  }

  function takeRow(): RawRecord[] {
    const position = start
    start = { line, byteOffset }
    const bytes = pending.take()
    if (bytes === undefined) {
      const message = `Expected a row of at most ${maxRecordBytes} bytes`
      return toDocument ? [fault(position, { code: 'RECORD_TOO_LARGE', message })] : giveUp(message)
    }
    const row = withoutReturn(position.byteOffset === 0 ? withoutMark(bytes) : bytes)
    if (row.every(isBlank)) return []
    try {
      const cells = parseRow(row)
      if (columns !== undefined && toDocument !== undefined) {
        assertWhole(cells, columns)
        return [{ position, next: next(), bytes: Buffer.from(toDocument(cells)) }]
      }
      toDocument = csvDocument(cells, definition)
      columns = cells
      return []
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return toDocument ? [fault(position, error)] : giveUp(error.message)
    }
  }

  const next = () => ({ line, byteOffset, ...(columns && { columns }) })

  function fault(position: TextPosition, { code, message }: Fault): RawRecord {
    return { position, next: next(), fault: { code, message } }
  }

  function giveUp(message: string): RawRecord[] {
    isGivenUp = true
    const place = { line: 1, byteOffset: 0 }
    return [{ position: place, next: place, fileFault: { code: 'FILE_MALFORMED', message } }]
  }

  function push(chunk: Buffer): RawRecord[] {
    const records: RawRecord[] = []
    let from = 0
    for (let i = 0; i < chunk.length && !isGivenUp; ) {
      const byte = chunk[i] ?? 0
      const isEnd = endsRow(byte)
      if (isEnd) pending.add(chunk.subarray(from, i))
      i++
      byteOffset++
      if (byte === LINE_FEED) line++
      if (!isEnd) continue
      records.push(...takeRow())
      from = i
    }
    if (!isGivenUp) pending.add(chunk.subarray(from))
    return records
  }

  function end(): RawRecord[] {
    if (isGivenUp) return []
    const message = 'Expected the quote that ends a cell, got the end of the file'
    if (where === 'quotes') return cut({ code: 'FILE_TRUNCATED', message })
    const records = takeRow()
    return toDocument || isGivenUp ? records : giveUp('Expected a header row, got an empty file')
  }

  function cut(reason: Fault): RawRecord[] {
    if (isGivenUp) return []
    const isWithinRow = toDocument !== undefined && pending.length > 0
    return truncated(reason, { record: isWithinRow ? start : undefined, next: next() })
  }

  return { push, end, cut }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
// Not Papa.parse, which looks for a byte order mark in every text that it is given.
const parser = new Papa.Parser({ delimiter: ',', newline: '\n' })

function parseRow(row: Buffer): string[] {
  let text: string
  try {
    text = utf8.decode(row)
  } catch {
    throw new AppError('RECORD_NOT_UTF8', 'Expected UTF-8')
  }
  const { data, errors }: Papa.ParseResult<string[]> = parser.parse(text, 0, false)
  const [cells, ...others] = data
  if (cells !== undefined && others.length === 0 && errors.length === 0) return cells
  throw notCsv('Expected a quote within quotes to be doubled, and cells in quotes to end with them')
}

function assertWhole({ length }: string[], columns: string[]): void {
  if (length === columns.length) return
  throw notCsv(`Expected ${columns.length} cells, as in the header, got ${length}`)
}

function notCsv(message: string): AppError {
  return new AppError('RECORD_NOT_CSV', message)
}

/** The line feed of CRLF ended the row; its other half belongs to no cell either. */
function withoutReturn(row: Buffer): Buffer {
  return row.at(-1) === CARRIAGE_RETURN ? row.subarray(0, -1) : row
}
