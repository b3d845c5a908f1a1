import { AppError, kind } from '../errors.ts'
import { parseExact } from '../storage/exact-json.ts'
import { asObject, member } from '../storage/json-path.ts'

const MAX_ID_BYTES = 256
const LIMITS = `a text of 1 to ${MAX_ID_BYTES} bytes without control characters, not "." or "..", or a whole number`
/** A client removes these from a URL before it sends it: DELETE /users/.. would be DELETE /. */
const DOTS = ['.', '..']

/** True for a text that can be a user's id: 1 to 256 bytes without control characters, and not `.` or `..`. */
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
 * The id of a record: its `id`, else its `user`. A whole number beyond 2^53 is the id with all digits that are written.
 *
 * @throws AppError ID_INVALID
 */
export function readUserId(document: object, text: string): string {
  const path = member(document, 'id') === undefined ? 'user' : 'id'
  const value = member(document, path)
  if (typeof value === 'number') {
    const id = Number.isSafeInteger(value) ? String(value) : writtenInteger(text, path)
    if (id !== undefined) return id
  }
  if (typeof value === 'string' && isUserId(value)) return value
  throw invalid(value === undefined ? 'id' : path, `Expected ${LIMITS}, got ${kind(value)}`)
}

/**
 * For a user that is named already: the record may leave its `id` out, but not have another.
 *
 * @throws AppError ID_INVALID
 */
export function checkUserId(document: object, text: string, expected: string): string {
  if (member(document, 'id') === undefined || readUserId(document, text) === expected) return expected
  throw invalid('id', 'Expected the id under which the record is written, got another')
}

/** The digits of a number that a double does not hold; undefined when it is no whole number in digits. */
function writtenInteger(text: string, path: string): string | undefined {
  const digits = JSON.stringify(member(asObject(parseExact(text)), path))
  return /^-?\d+$/.test(digits) && isUserId(digits) ? digits : undefined
}

function invalid(path: string, message: string): AppError {
  return new AppError('ID_INVALID', message, { problems: [{ path, message }] })
}
