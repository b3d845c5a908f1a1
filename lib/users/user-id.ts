import { AppError, kind } from '../errors.ts'
import { parseExact } from '../storage/exact-json.ts'
import { asObject, member } from '../storage/json-path.ts'

const MAX_ID_BYTES = 256
const LIMITS = `a text of 1 to ${MAX_ID_BYTES} bytes without control characters, not "." or "..", or a whole number`
/** Clients remove these from a URL before they send it: DELETE /users/.. would become DELETE /. */
const DOTS = ['.', '..']

/** Whether a text can be a user's id: 1 to 256 bytes without control characters, and not `.` or `..`. */
export function isUserId(id: string): boolean {
  return (
    id !== '' &&
    !DOTS.includes(id) &&
    id.isWellFormed() &&
    Buffer.byteLength(id) <= MAX_ID_BYTES &&
    !/\p{Cc}/u.test(id)
  )
}

/**
 * The id of a record: its `id`, else its `user`. The id of a whole number beyond 2^53 has all digits of the text.
 *
 * @throws AppError ID_INVALID
 */
export function readUserId(document: object, text: string | Buffer): string {
  const path = member(document, 'id') === undefined ? 'user' : 'id'
  const value = member(document, path)
  if (typeof value === 'number') {
    const id = Number.isSafeInteger(value) ? String(value) : readIntegerText(text, path)
    if (id !== undefined) return id
  }
  if (typeof value === 'string' && isUserId(value)) return value
  throw invalidIdError(value === undefined ? 'id' : path, `Expected ${LIMITS}, got ${kind(value)}`)
}

/**
 * Checks the record of a user with a known id. The record may omit its `id`, but must not have another one.
 *
 * @throws AppError ID_INVALID
 */
export function checkUserId(document: object, text: string | Buffer, expected: string): string {
  if (member(document, 'id') === undefined || readUserId(document, text) === expected) return expected
  throw invalidIdError('id', 'Expected the id of the request, got another one')
}

/** The digits of a number that a double cannot hold; undefined if it is not a whole number in digits. */
function readIntegerText(text: string | Buffer, path: string): string | undefined {
  const digits = JSON.stringify(member(asObject(parseExact(text.toString())), path))
  return /^-?\d+$/.test(digits) && isUserId(digits) ? digits : undefined
}

function invalidIdError(path: string, message: string): AppError {
  return new AppError('ID_INVALID', message, { problems: [{ path, message }] })
}
