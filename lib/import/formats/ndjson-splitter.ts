import { isBlank, trimEnd, withoutMark } from './blanks.ts'
import { pendingBytes } from './pending-bytes.ts'
import type { RawRecord, Splitter, SplitterOptions, TextPosition } from './raw-record.ts'
import { truncated } from './truncated.ts'

const LINE_FEED = 0x0a

/**
 * One record a line. Only the byte 0x0A ends a line: `readline` would also cut at U+2028, which is legal inside a JSON
 * text. Blank lines are no records; a byte order mark, and the CR of CRLF, belong to none.
 */
export function ndjsonSplitter({ maxRecordBytes, from }: SplitterOptions): Splitter {
  const pending = pendingBytes(maxRecordBytes)
  let { line, byteOffset } = from ?? { line: 1, byteOffset: 0 }

  function endLine(breakLength: 0 | 1): RawRecord[] {
    const position = { line, byteOffset }
    byteOffset += pending.length + breakLength
    line += breakLength
    return toRecord(pending.take(), position, { line, byteOffset }, maxRecordBytes)
  }

  return {
    push(chunk) {
      const records: RawRecord[] = []
      let start = 0
      for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
        pending.add(chunk.subarray(start, end))
        records.push(...endLine(1))
        start = end + 1
      }
      pending.add(chunk.subarray(start))
      return records
    },
    end: () => endLine(0),
    cut(fault) {
      const [record] = endLine(0)
      const start = record !== undefined && 'line' in record.position ? record.position : undefined
      return truncated(fault, { record: start, next: { line, byteOffset } })
    },
  }
}

function toRecord(
  bytes: Buffer | undefined,
  position: TextPosition,
  next: TextPosition,
  maxRecordBytes: number,
): RawRecord[] {
  if (bytes === undefined) {
    const message = `Expected a line of at most ${maxRecordBytes} bytes`
    return [{ position, next, fault: { code: 'RECORD_TOO_LARGE', message } }]
  }
  const text = position.byteOffset === 0 ? withoutMark(bytes) : bytes
  const trimmed = trimEnd(text)
  return trimmed.every(isBlank) ? [] : [{ position, next, bytes: trimmed }]
}
