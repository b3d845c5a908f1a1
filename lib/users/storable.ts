import { AppError } from '../errors.ts'

/** serde_json's recursion limit in RedisJSON. */
const MAX_DEPTH = 127
const BACKSLASH = 0x5c

/**
 * Refuses values that JSON.parse accepts and RedisJSON refuses: too many levels, 1e400, half of a surrogate pair. It
 * skips the vector, which has its own check and is nearly all of most records.
 */
export function checkStorable(document: object, bytes: Buffer, vector: unknown): void {
  // To look for one byte takes less time than to look for a text.
  const mayHoldSurrogates = bytes.includes(BACKSLASH)
  const check = (value: unknown, path: string, depth: number): void => {
    if (typeof value === 'number' && !Number.isFinite(value)) {
      throw unstorableError(path, 'Expected a number that a double can hold')
    }
    if (mayHoldSurrogates && typeof value === 'string' && !value.isWellFormed()) {
      throw unstorableError(path, 'Expected whole characters, got half of a surrogate pair')
    }
    if (typeof value !== 'object' || value === null || value === vector) return
    if (depth > MAX_DEPTH) throw unstorableError('', `Expected at most ${MAX_DEPTH} levels`)
    if (Array.isArray(value)) {
      for (const [i, element] of value.entries()) check(element, `${path}[${i}]`, depth + 1)
      return
    }
    for (const [name, inner] of Object.entries(value)) {
      check(name, path, depth)
      check(inner, path === '' ? name : `${path}.${name}`, depth + 1)
    }
  }
  check(document, '', 1)
}

function unstorableError(path: string, message: string): AppError {
  return new AppError('RECORD_UNSTORABLE', message, { problems: [{ path, message }] })
}
