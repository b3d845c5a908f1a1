import type { CheckedDefinition, FieldDefinition, IndexDefinition } from '../definition.ts'
import { AppError, type ErrorCode, kind } from '../errors.ts'
import { member, pathSteps, valueAt } from '../storage/json-path.ts'
import type { User } from '../storage/storage.ts'
import { toVector, type Vector } from '../vector.ts'
import { expectedInstead } from './indexable.ts'
import { checkStorable } from './storable.ts'

/** `{"id": "7", "deleted": true}`, whatever else it has: the user is to go. */
export interface DeletedUser {
  id: string
  deleted: true
}

export type UserRecord = User | DeletedUser

/** Why a record can't be a user: one code of the table, where in the record, and what was expected. */
export interface Reject {
  id?: string
  code: ErrorCode
  path: string
  message: string
}

export type CheckedRecord = { record: UserRecord } | { reject: Reject }

const MAX_ID_BYTES = 256

/**
 * Makes the check of one record, for import and single writes alike, from the definition: strict UTF-8 and JSON (what
 * RedisJSON 2.8 is not: it stores `{"a":1}{"b":2}` as `{"a":1}`), an id, the vector, and each field of a type that
 * RediSearch indexes. One bad field drops the whole document from the index, and an earlier good version with it.
 * With `expectedId`, the record is that user's.
 */
export function recordCheck(
  definition: CheckedDefinition,
): (bytes: Buffer, expectedId?: string) => CheckedRecord {
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const decode = (bytes: Buffer) => utf8.decode(bytes)
  const fields = definition.fields.map((field) => ({ field, steps: pathSteps(field.path) }))
  const vectorSteps = pathSteps(definition.vector.path)

  return (bytes, expectedId) => {
    let id: string | undefined
    try {
      const value = parse(decode, bytes)
      id = expectedId === undefined ? readId(value) : checkId(value, expectedId)
      if (member(value, 'deleted') === true) return { record: { id, deleted: true } }
      const components = valueAt(value, vectorSteps)
      const vector = checkVector(components, definition)
      for (const { field, steps } of fields) checkField(valueAt(value, steps), field, definition.storage)
      checkStorable(value, bytes, components)
      return { record: { id, document: bytes, value, vector } }
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      const [problem = { path: '', message: error.message }] = error.problems
      return { reject: { ...(id !== undefined && { id }), code: error.code, ...problem } }
    }
  }
}

/** The key of a user's document. */
export function userKey({ prefix }: IndexDefinition, id: string): string {
  return prefix + id
}

/** True for what can be a user's id: 1 to 256 bytes without control characters. */
export function isUserId(id: string): boolean {
  return id !== '' && id.isWellFormed() && Buffer.byteLength(id) <= MAX_ID_BYTES && !/\p{Cc}/u.test(id)
}

function parse(decode: (bytes: Buffer) => string, bytes: Buffer): object {
  let text: string
  try {
    text = decode(bytes)
  } catch {
    throw bad('RECORD_NOT_UTF8', '', 'Expected UTF-8')
  }
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    // V8's message quotes the text, which is somebody's record.
    throw bad('RECORD_NOT_JSON', '', 'Expected JSON')
  }
  if (typeof document === 'object' && document !== null && !Array.isArray(document)) return document
  throw bad('RECORD_NOT_OBJECT', '', `Expected an object, got ${kind(document)}`)
}

/** `id`, else `user`. */
function readId(document: object): string {
  const path = member(document, 'id') === undefined ? 'user' : 'id'
  const value = member(document, path)
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value)
  if (typeof value === 'string' && isUserId(value)) return value
  const limits = `a text of 1 to ${MAX_ID_BYTES} bytes without control characters, or a whole number`
  throw bad('ID_INVALID', value === undefined ? 'id' : path, `Expected ${limits}, got ${kind(value)}`)
}

/** For who is named already: a record may leave its `id` out, but not have another. */
function checkId(document: object, expected: string): string {
  if (member(document, 'id') === undefined || readId(document) === expected) return expected
  throw bad('ID_INVALID', 'id', 'Expected the id under which the record is written, got another')
}

function checkVector(value: unknown, { vector, alsoFits = [] }: CheckedDefinition): Vector {
  const path = vector.path.slice(2)
  if (Array.isArray(value)) {
    const checked = toVector(value, vector, path)
    for (const shape of alsoFits) toVector(checked, shape, path)
    return checked
  }
  throw bad('VECTOR_FORMAT', path, `Expected an array of ${vector.dimensions} numbers, got ${kind(value)}`)
}

function checkField(value: unknown, field: FieldDefinition, storage: IndexDefinition['storage']): void {
  const expected = expectedInstead(field, value, storage)
  if (expected !== undefined)
    throw bad('FIELD_TYPE', field.path.slice(2), `Expected ${expected}, got ${kind(value)}`)
}

function bad(code: ErrorCode, path: string, message: string): AppError {
  return new AppError(code, message, { problems: [{ path, message }] })
}
