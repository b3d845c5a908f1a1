import type { CheckedDefinition, FieldDefinition, IndexDefinition } from '../definition.ts'
import { AppError, type ErrorCode, kind } from '../errors.ts'
import { isObject, member, pathSteps, valueAt } from '../storage/json-path.ts'
import type { User } from '../storage/storage.ts'
import { toVector, type Vector } from '../vector.ts'
import { notJson, notUtf8, type Reject } from './broken-record.ts'
import { indexingProblem } from './indexable.ts'
import { checkStorable } from './storable.ts'
import { checkUserId, readUserId } from './user-id.ts'

/** `{"id": "7", "deleted": true}`, whatever else it has: the import deletes the user. */
export interface DeletedUser {
  id: string
  deleted: true
}

export type UserRecord = User | DeletedUser

/** A record that can be a user, or why it is none; `value` is the record, where it is an object. */
export type CheckedRecord = { record: UserRecord; value: object } | { reject: Reject; value?: object }

/**
 * Makes the check of one record, for import and single writes alike, from the definition: strict UTF-8 and JSON (what
 * RedisJSON 2.8 is not: it stores `{"a":1}{"b":2}` as `{"a":1}`), an id, the vector, and each field of a type that
 * RediSearch indexes. One bad field drops the whole document from the index, and an earlier good version with it.
 * With `expectedId`, the record is that user's.
 */
export function recordCheck(
  definition: CheckedDefinition,
): (bytes: Buffer, expectedId?: string) => CheckedRecord {
  const fields = definition.fields.map((field) => ({ field, steps: pathSteps(field.path) }))
  const vectorSteps = pathSteps(definition.vector.path)

  return (bytes, expectedId) => {
    let id: string | undefined
    let value: object | undefined
    try {
      const text = decode(bytes)
      if (text === undefined) return { reject: notUtf8(bytes) }
      const parsed = parse(text)
      if (parsed === undefined) return { reject: notJson(text) }
      if (!isObject(parsed)) throw bad('RECORD_NOT_OBJECT', '', `Expected an object, got ${kind(parsed)}`)
      value = parsed
      id = expectedId === undefined ? readUserId(value, text) : checkUserId(value, text, expectedId)
      if (isDeleted(value)) return { record: { id, deleted: true }, value }
      const components = valueAt(value, vectorSteps)
      const vector = checkVector(components, definition)
      for (const { field, steps } of fields) checkField(valueAt(value, steps), field, definition.storage)
      checkStorable(value, bytes, components)
      return { record: { id, document: bytes, value, vector }, value }
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      const [problem = { path: '', message: error.message }] = error.problems
      const reject = { ...(id !== undefined && { id }), code: error.code, ...problem }
      return { reject, ...(value !== undefined && { value }) }
    }
  }
}

/** The key of a user's document. */
export function userKey({ prefix }: IndexDefinition, id: string): string {
  return prefix + id
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decode(bytes: Buffer): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Only true deletes. Any other value but false and null may have been meant to: 1, "true". */
function isDeleted(document: object): boolean {
  const deleted = member(document, 'deleted')
  if (deleted === undefined || deleted === null || typeof deleted === 'boolean') return deleted === true
  throw bad('FIELD_TYPE', 'deleted', `Expected true, false or null, got ${kind(deleted)}`)
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
  const problem = indexingProblem(field, value, storage)
  if (problem !== undefined) throw bad('FIELD_TYPE', field.path.slice(2), problem)
}

function bad(code: ErrorCode, path: string, message: string): AppError {
  return new AppError(code, message, { problems: [{ path, message }] })
}
