import type { ErrorCode } from '../errors.ts'
import { isObject } from '../storage/json-path.ts'
import { findJsonFault } from './json-fault.ts'
import { readUserId } from './user-id.ts'

/** Why a record can't be a user: one code of the table, where in the record, and what was expected. */
export interface Reject {
  id?: string
  code: ErrorCode
  path: string
  message: string
}

/** The reject of a text that JSON.parse refuses: names the first fault, its place, and the record's id. */
export function notJson(text: string): Reject {
  const fault = findJsonFault(text)
  if (fault === undefined) return { code: 'RECORD_NOT_JSON', path: '', message: 'Expected JSON' }
  const { at, token, path, id } = fault
  const place = `at byte ${Buffer.byteLength(text.slice(0, at))} of the record`
  const expected =
    token === undefined ? 'Expected JSON' : 'Expected JSON, which has only finite numbers and null'
  const got = token ?? (at === text.length ? 'its end' : 'something else')
  return {
    ...(id !== undefined && { id }),
    code: 'RECORD_NOT_JSON',
    path,
    message: `${expected}, got ${got} ${place}`,
  }
}

/** The reject of bytes that are no UTF-8: with the id, if the bytes around the fault still say it. */
export function notUtf8(bytes: Buffer): Reject {
  const text = bytes.toString()
  const id = idOf(text)
  return { ...(id !== undefined && { id }), code: 'RECORD_NOT_UTF8', path: '', message: utf8Problem(bytes) }
}

/** The message for a record that is no UTF-8. */
export function utf8Problem(bytes: Buffer): string {
  const place = `from byte ${firstFault(bytes, bytes.toString())} of the record`
  return `Expected UTF-8, got bytes of another encoding (Latin-1?) ${place}`
}

/** Node decodes a fault as U+FFFD, which a text may also contain rightfully. */
function firstFault(bytes: Buffer, text: string): number {
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
