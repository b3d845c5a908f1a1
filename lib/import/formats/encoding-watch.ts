import type { Fault } from './raw-record.ts'
import { isOneByteEncoding } from './text-encoding.ts'

/** Beyond it, a byte that is no UTF-8 is the fault of its record only. */
const WATCHED_BYTES = 64 * 1024

/** Looks at the beginning of a text as it passes, and says once when it is in Latin-1 or the like. */
export function encodingWatch() {
  let parts: Buffer[] = []
  let length = 0
  let isOver = false

  function end(): Fault[] {
    if (isOver) return []
    isOver = true
    const isForeign = isOneByteEncoding(Buffer.concat(parts).subarray(0, WATCHED_BYTES))
    parts = []
    const message =
      'Expected UTF-8, got what looks like Latin-1 or Windows-1252: only records in plain ASCII are imported. Save the file as UTF-8'
    return isForeign ? [{ code: 'FILE_UNSUPPORTED', message }] : []
  }

  return {
    /** The fault, when the chunk completes what is watched. */
    push(chunk: Buffer): Fault[] {
      if (isOver) return []
      parts.push(chunk)
      length += chunk.length
      return length < WATCHED_BYTES ? [] : end()
    },
    end,
  }
}
