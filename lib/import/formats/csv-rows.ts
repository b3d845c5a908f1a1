import { BYTE_ORDER_MARK } from './blanks.ts'
import { pendingBytes } from './pending-bytes.ts'
import type { TextPosition } from './raw-record.ts'

const [LINE_FEED, RETURN, QUOTE] = [0x0a, 0x0d, 0x22]

/** The bytes of a row without its line break, where it begins, and where the next one does. */
export interface CsvRow {
  position: TextPosition
  next: TextPosition
  /** undefined when they are too many. */
  bytes: Buffer | undefined
}

interface RowOptions {
  maxRecordBytes: number
  delimiter: string
  /** Where the first byte is that is pushed. */
  from: TextPosition
}

/**
 * Finds only where rows end (RFC 4180): at a line break outside quotes, which open at the beginning of a cell. A lone
 * CR is a line break, too, as in files of Excel for Macintosh.
 */
export function csvRows({ maxRecordBytes, delimiter, from }: RowOptions) {
  const pending = pendingBytes(maxRecordBytes)
  const between = delimiter.charCodeAt(0)
  let where: 'cell begins' | 'cell' | 'quotes' | 'quote in quotes' = 'cell begins'
  /** The byte before was a CR, in quotes or at the end of a row: an LF behind it is of the same line break. */
  let isBehindReturn = false
  let { line, byteOffset } = from
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

  function take(): CsvRow {
    const position = start
    start = { line, byteOffset }
    return { position, next: start, bytes: pending.take() }
  }

  function push(chunk: Buffer): CsvRow[] {
    const rows: CsvRow[] = []
    let from = 0
    let i = 0
    const advance = (count = 1) => {
      i += count
      byteOffset += count
    }
    const next = nextIn(chunk)
    while (i < chunk.length) {
      const byte = chunk[i] ?? 0
      if (isBehindReturn) {
        isBehindReturn = false
        const isRowEnd = where === 'cell begins'
        // In quotes the LF itself counts the line.
        if (isRowEnd || byte !== LINE_FEED) line++
        if (isRowEnd) {
          if (byte === LINE_FEED) advance()
          rows.push(take())
          from = i
          continue
        }
      }
      // Most bytes of a file are in quotes, as the cells of vectors are: they are passed at once.
      const inQuotes =
        where === 'quotes' ? Math.min(next(QUOTE, i), next(LINE_FEED, i), next(RETURN, i)) - i : 0
      if (inQuotes > 0) {
        advance(inQuotes)
        continue
      }
      const isEnd = endsRow(byte)
      if (isEnd) pending.add(chunk.subarray(from, i))
      advance()
      if (byte === RETURN) isBehindReturn = true
      else if (byte === LINE_FEED) line++
      if (!isEnd) continue
      from = i
      if (byte === LINE_FEED) rows.push(take())
    }
    pending.add(chunk.subarray(from))
    return rows
  }

  return {
    push,
    take,

    /** The row that a CR has ended, when the text ends behind it. */
    takeEnded(): CsvRow[] {
      if (!isBehindReturn || where !== 'cell begins') return []
      isBehindReturn = false
      line++
      return [take()]
    },

    isInQuotes: () => where === 'quotes',
    /** Where the row begins that has begun; undefined between rows. */
    begun: () => (pending.length > 0 ? start : undefined),
    here: (): TextPosition => ({ line, byteOffset }),
  }
}

/** Where a byte comes next in a chunk. Each place is looked for once, so that all searches together are linear. */
function nextIn(chunk: Buffer): (byte: number, from: number) => number {
  const found = new Map<number, number>()
  return (byte, from) => {
    const known = found.get(byte) ?? -1
    if (known >= from) return known
    const at = chunk.indexOf(byte, from)
    const next = at === -1 ? chunk.length : at
    found.set(byte, next)
    return next
  }
}
