import type { ErrorCode } from '../errors.ts'
import { isObject } from '../storage/json-path.ts'
import { findJsonFault } from './json-fault.ts'
import { readUserId } from './user-id.ts'

/** Why a record is not a user: an error code, the place in the record, and what was expected. */
export interface Reject {
  id?: string
  code: ErrorCode
  path: string
  message: string
}

/** The reject of a text that JSON.parse refuses. It names the first fault, its place, and the record's id. */
export function toNotJsonReject(text: string): Reject {
  const fault = findJsonFault(text)
  if (fault === undefined) return { code: 'RECORD_NOT_JSON', path: '', message: 'Expected JSON' }
  const { at, token, path, id } = fault
  const place = `at byte ${Buffer.byteLength(text.slice(0, at))} of the record`
  const expected =
    token === undefined ? 'Expected JSON' : 'Expected JSON, which has only finite numbers and null'
  const got = token ?? (at === text.length ? 'its end' : 'another character')
  return {
    ...(id !== undefined && { id }),
    code: 'RECORD_NOT_JSON',
    path,
    message: `${expected}, got ${got} ${place}`,
  }
}

/** The reject of bytes that are not UTF-8. It has the id, if the bytes around the fault still contain it. */
export function toNotUtf8Reject(bytes: Buffer): Reject {
  const text = bytes.toString()
  const id = idOf(text)
  return {
    ...(id !== undefined && { id }),
    code: 'RECORD_NOT_UTF8',
    path: '',
    message: describeUtf8Fault(bytes),
  }
}

/** The message for a record that is not UTF-8. */
export function describeUtf8Fault(bytes: Buffer): string {
  const place = `from byte ${findFirstFault(bytes, bytes.toString())} of the record`
  return `Expected UTF-8, got bytes of another encoding (Latin-1?) ${place}`
}

/**
 * The position of the first fault. Node decodes a fault as U+FFFD, but a text may also contain that character itself.
 */
function findFirstFault(bytes: Buffer, text: string): number {
  const written = Buffer.from(text)
  const limit = Math.min(bytes.length, written.length)
  for (let i = 0; i < limit; i++) if (bytes[i] !== written[i]) return i
  return limit
}

function idOf(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const id = isObject(value) ? readUserId(value, text) : undefined
    return id?.includes('\ufffd') ? undefined : id
  } catch {
    return undefined
  }
}
