import { AppError } from '../errors.ts'

/** serde_json's recursion limit in RedisJSON. */
const MAX_DEPTH = 127

/** What JSON.parse takes and RedisJSON refuses: too deep, 1e400, half of a surrogate pair. */
export function checkStorable(document: object, bytes: Buffer): void {
  const mayHoldSurrogates = bytes.includes('\\u')
  const walk = (value: unknown, path: string, depth: number): void => {
    if (typeof value === 'number' && !Number.isFinite(value)) {
      throw unstorable(path, 'Expected a number that a double can hold')
    }
    if (mayHoldSurrogates && typeof value === 'string' && !value.isWellFormed()) {
      throw unstorable(path, 'Expected whole characters, got half of a surrogate pair')
    }
    if (typeof value !== 'object' || value === null) return
    if (depth > MAX_DEPTH) throw unstorable('', `Expected at most ${MAX_DEPTH} levels`)
    if (Array.isArray(value)) {
      value.forEach((element, i) => {
        // Most elements are a vector's numbers, checked before: not worth a path each.
        if (typeof element !== 'number' || !Number.isFinite(element))
          walk(element, `${path}[${i}]`, depth + 1)
      })
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
