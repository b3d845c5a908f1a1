import { AppError } from '../errors.ts'

/** serde_json's recursion limit in RedisJSON. */
const MAX_DEPTH = 127

/**
 * What JSON.parse takes and RedisJSON refuses: too deep, 1e400, half of a surrogate pair. The vector is not looked at
 * again: of most records it is nearly all.
 */
export function checkStorable(document: object, bytes: Buffer, vector: unknown): void {
  const mayHoldSurrogates = bytes.includes('\\u')
  const walk = (value: unknown, path: string, depth: number): void => {
    if (typeof value === 'number' && !Number.isFinite(value)) {
      throw unstorable(path, 'Expected a number that a double can hold')
    }
    if (mayHoldSurrogates && typeof value === 'string' && !value.isWellFormed()) {
      throw unstorable(path, 'Expected whole characters, got half of a surrogate pair')
    }
    if (typeof value !== 'object' || value === null || value === vector) return
    if (depth > MAX_DEPTH) throw unstorable('', `Expected at most ${MAX_DEPTH} levels`)
    if (Array.isArray(value)) {
      for (const [i, element] of value.entries()) walk(element, `${path}[${i}]`, depth + 1)
      return
    }
    for (const [name, inner] of Object.entries(value)) {
      walk(name, path, depth)
      walk(inner, path === '' ? name : `${path}.${name}`, depth + 1)
    }
  }
  walk(document, '', 1)
}

function unstorable(path: string, message: string): AppError {
  return new AppError('RECORD_UNSTORABLE', message, { problems: [{ path, message }] })
}
