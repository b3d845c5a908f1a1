import type { ErrorCode } from '../../errors.ts'
import { BYTE_ORDER_MARK, isBlank, trimEnd } from './blanks.ts'
import { pendingBytes } from './pending-bytes.ts'
import type {
  Fault,
  RawRecord,
  Splitter,
  SplitterOptions,
  TextPosition,
  TextResumePoint,
} from './raw-record.ts'
import { truncated } from './truncated.ts'

const [LINE_FEED, QUOTE, BACKSLASH, COMMA, RECORD_SEPARATOR] = [0x0a, 0x22, 0x5c, 0x2c, 0x1e]
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d]

/**
 * The elements of the one JSON array in a file, or the objects that stand one behind the other in it (Firehose puts
 * nothing between them, jq line breaks): their bytes as they stand, with where they begin. It finds only the boundaries
 * (strings, brackets, commas); whether an element is JSON is for JSON.parse, which is ten times as fast as a tokenizer
 * in JavaScript, and its result then counts for one record, not for the file.
 */
export function jsonSplitter({ maxRecordBytes, from: resumed }: SplitterOptions): Splitter {
  const pending = pendingBytes(maxRecordBytes)
  const isResumed = resumed !== undefined && resumed.byteOffset > 0
  const isBehindObject = resumed?.isBehindObject ?? false
  let where: 'before' | 'between' | 'element' | 'separator' | 'after' | 'given up' = 'before'
  if (isResumed) where = isBehindObject ? 'after' : 'separator'
  let isArray = isResumed && !isBehindObject
  let mayEnd = !isResumed
  let depth = 0
  let inString = false
  let isEscaped = false
  let { line, byteOffset } = resumed ?? { line: 1, byteOffset: 0 }
  let markLength = 0
  let start: TextPosition = { line, byteOffset }

  /** A byte order mark is skipped at the very beginning, and only as a whole. */
  function isOfMark(byte: number): boolean {
    if (byteOffset !== markLength || byte !== BYTE_ORDER_MARK[markLength]) return false
    markLength++
    return true
  }

  /** Looks at one byte; true when the element (or the lack of one) has ended with it. */
  function endsElement(byte: number): boolean {
    if (isEscaped) isEscaped = false
    else if (inString) {
      if (byte === BACKSLASH) isEscaped = true
      else if (byte === QUOTE) inString = false
    } else if (byte === QUOTE) inString = true
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth++
    else if ((byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) && depth > 0) return --depth === 0 && !isArray
    else if (depth === 0) return byte === COMMA || byte === CLOSE_ARRAY
    return false
  }

  const mayBeginObject = () => where === 'before' || (where === 'after' && !isArray)

  function giveUp(message: string): RawRecord {
    where = 'given up'
    return fileFault('FILE_MALFORMED', message)
  }

  function fileFault(code: ErrorCode, message: string): RawRecord {
    return { position: { line, byteOffset }, next: { line, byteOffset }, fileFault: { code, message } }
  }

  /** Between objects, a text sequence of JSON (RFC 7464) has the record separator. */
  function isBetween(byte: number): boolean {
    return (
      isBlank(byte) || (byte === RECORD_SEPARATOR && !isArray && (where === 'before' || where === 'after'))
    )
  }

  /** Reading on begins at the comma or bracket, or behind the object. */
  function nextAt(byteOffset: number): TextResumePoint {
    return { line, byteOffset, ...(!isArray && { isBehindObject: true }) }
  }

  function takeElement(): RawRecord {
    const bytes = pending.take()
    const next = nextAt(isArray ? byteOffset : byteOffset + 1)
    if (bytes !== undefined) return { position: start, next, bytes: trimEnd(bytes) }
    const message = `Expected a record of at most ${maxRecordBytes} bytes`
    return { position: start, next, fault: { code: 'RECORD_TOO_LARGE', message } }
  }

  function push(chunk: Buffer): RawRecord[] {
    const records: RawRecord[] = []
    let from = 0
    for (let i = 0; i < chunk.length && where !== 'given up'; i++, byteOffset++) {
      const byte = chunk[i] ?? 0
      if (where === 'element') {
        if (endsElement(byte)) {
          // An object without an array around it ends with its own bracket; in an array the comma is not part of it.
          pending.add(chunk.subarray(from, isArray ? i : i + 1))
          records.push(takeElement())
          where = isArray && byte === COMMA ? 'between' : 'after'
          mayEnd = false
        }
      } else if (!isBetween(byte) && !isOfMark(byte)) {
        if (markLength % BYTE_ORDER_MARK.length !== 0) {
          records.push(giveUp('Expected a JSON array or object, got part of a byte order mark'))
        } else if (where === 'before' && byte === OPEN_ARRAY) {
          isArray = true
          where = 'between'
        } else if (where === 'separator' && byte === COMMA) {
          where = 'between'
        } else if (where === 'separator' && byte === CLOSE_ARRAY) {
          where = 'after'
        } else if (where === 'between' && byte === CLOSE_ARRAY && mayEnd) {
          where = 'after'
        } else if (where === 'between' && (byte === COMMA || byte === CLOSE_ARRAY)) {
          records.push(giveUp('Expected a value after the comma'))
        } else if (where === 'between' || (byte === OPEN_OBJECT && mayBeginObject())) {
          where = 'element'
          start = { line, byteOffset }
          from = i
          endsElement(byte)
        } else if (where === 'before') {
          records.push(giveUp('Expected a JSON array or object'))
        } else {
          records.push(
            giveUp(
              `Expected ${isArray ? 'nothing' : 'nothing, or an object,'} after the end of the ${isArray ? 'array' : 'object'}`,
            ),
          )
        }
      }
      if (byte === LINE_FEED) line++
    }
    if (where === 'element') pending.add(chunk.subarray(from))
    return records
  }

  function end(): RawRecord[] {
    if (where === 'after' || where === 'given up') return []
    if (where === 'before') return [giveUp('Expected a JSON array or object, got an empty file')]
    const message = `Expected ${isArray ? '] at the end of the array' : '} at the end of the object'}`
    return cut({ code: 'FILE_TRUNCATED', message })
  }

  function cut(fault: Fault): RawRecord[] {
    if (where === 'given up') return []
    return truncated(fault, {
      record: where === 'element' ? start : undefined,
      next: nextAt(byteOffset),
    })
  }

  return { push, end, cut }
}
