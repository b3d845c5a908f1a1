import { pendingBytes } from './pending-bytes.ts'
import type { Position, RawRecord, Splitter, SplitterOptions } from './raw-record.ts'

const LINE_FEED = 0x0a
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])

/**
 * One record a line. Only the byte 0x0A ends a line: `readline` would also cut at U+2028, which is legal inside a JSON
 * text. Blank lines are no records; a byte order mark, and the CR of CRLF, belong to none.
 */
export function ndjsonSplitter({ maxRecordBytes }: SplitterOptions): Splitter {
  const pending = pendingBytes(maxRecordBytes)
  let line = 1
  let byteOffset = 0

  function endLine(): RawRecord[] {
    const position = { line, byteOffset }
    byteOffset += pending.length
    return toRecord(pending.take(), position, maxRecordBytes)
  }

  return {
    push(chunk) {
      const records: RawRecord[] = []
      let start = 0
      for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
        pending.add(chunk.subarray(start, end))
        records.push(...endLine())
        byteOffset++
        line++
        start = end + 1
      }
      pending.add(chunk.subarray(start))
      return records
    },
    end: endLine,
  }
}

function toRecord(bytes: Buffer | undefined, position: Position, maxRecordBytes: number): RawRecord[] {
  if (bytes === undefined) {
    const message = `Expected a line of at most ${maxRecordBytes} bytes`
    return [{ position, fault: { code: 'RECORD_TOO_LARGE', message } }]
  }
  const text = position.byteOffset === 0 ? withoutMark(bytes) : bytes
  const trimmed = trimEnd(text)
  return isBlank(trimmed) ? [] : [{ position, bytes: trimmed }]
}

function withoutMark(bytes: Buffer): Buffer {
  return bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? bytes.subarray(3) : bytes
}

/** JSON's own blanks: space, tab, CR (LF never gets here). */
function trimEnd(bytes: Buffer): Buffer {
  let end = bytes.length
  while (end > 0 && isBlankByte(bytes[end - 1])) end--
  return bytes.subarray(0, end)
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every(isBlankByte)
}

function isBlankByte(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d
}
