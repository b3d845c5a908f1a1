import { trimEnd, withoutMark } from './blanks.ts'
import { pendingBytes } from './pending-bytes.ts'
import type { RawRecord, Splitter, SplitterOptions, TextPosition } from './raw-record.ts'
import { truncated } from './truncated.ts'
import { objectsInLine } from './values-in-line.ts'

const LINE_FEED = 0x0a

/**
 * One record a line. Only the byte 0x0A ends a line: `readline` would also cut at U+2028, which is legal inside a JSON
 * text. Blank lines are no records; a byte order mark, and the CR of CRLF, belong to none. Objects one behind the other
 * in a line are records of their own.
 */
export function ndjsonSplitter({ maxRecordBytes, from }: SplitterOptions): Splitter {
  const pending = pendingBytes(maxRecordBytes)
  let { line, byteOffset } = from ?? { line: 1, byteOffset: 0 }

  function endLine(breakLength: 0 | 1): RawRecord[] {
    const position = { line, byteOffset }
    byteOffset += pending.length + breakLength
    line += breakLength
    return toRecords(pending.take(), position, { line, byteOffset }, maxRecordBytes)
  }

  return {
    push(chunk) {
      const records: RawRecord[] = []
      let start = 0
      for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
        pending.add(chunk.subarray(start, end))
        for (const record of endLine(1)) records.push(record)
        start = end + 1
      }
      pending.add(chunk.subarray(start))
      return records
    },
    end: () => endLine(0),
    cut(fault) {
      const records = endLine(0)
      const last = records.pop()
      const start = last !== undefined && 'line' in last.position ? last.position : undefined
      return [...records, ...truncated(fault, { record: start, next: { line, byteOffset } })]
    },
  }
}

function toRecords(
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
  if (trimmed.length === 0) return []
  const starts = objectsInLine(trimmed)
  if (starts === undefined) return [{ position, next, bytes: trimmed }]
  const placeOf = (start: number) => ({
    line: position.line,
    byteOffset: position.byteOffset + (bytes.length - text.length) + start,
  })
  return starts.map((start, i) => {
    const end = starts[i + 1]
    return {
      position: placeOf(start),
      next: end === undefined ? next : placeOf(end),
      bytes: trimEnd(trimmed.subarray(start, end)),
    }
  })
}
