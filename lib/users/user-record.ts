import { isUtf8 } from 'node:buffer'
import type { CheckedDefinition, FieldDefinition, IndexDefinition } from '../definition.ts'
import { AppError, type ErrorCode, kind } from '../errors.ts'
import { isObject, member, pathSteps, valueAt } from '../storage/json-path.ts'
import type { User } from '../storage/storage.ts'
import { toVector, type Vector } from '../vector.ts'
import { type Reject, toNotJsonReject, toNotUtf8Reject } from './broken-record.ts'
import { findIndexingProblem } from './indexable.ts'
import { parseJson, recordSplitter } from './split-record.ts'
import { checkStorable } from './storable.ts'
import { checkUserId, readUserId } from './user-id.ts'

/** `{"id": "7", "deleted": true}`, with or without other members: the import deletes the user. */
export interface DeletedUser {
  id: string
  deleted: true
}

export type UserRecord = User | DeletedUser

/** A valid record, or its reject. `value` is the record, if it is an object. */
export type CheckedRecord = { record: UserRecord; value: object } | { reject: Reject; value?: object }

/**
 * Makes the check of a record from the definition, for imports and single writes. It requires strict UTF-8 and JSON
 * (RedisJSON 2.8 stores `{"a":1}{"b":2}` as `{"a":1}`), an id, the vector, and fields of types that RediSearch
 * indexes. One invalid field removes the whole document from the index, and with it an earlier valid version. With
 * `expectedId`, the record must be that user's.
 */
export function createRecordCheck(
  definition: CheckedDefinition,
): (bytes: Buffer, expectedId?: string) => CheckedRecord {
  const fields = definition.fields.map((field) => ({ field, steps: pathSteps(field.path) }))
  const vectorSteps = pathSteps(definition.vector.path)
  const split = recordSplitter(definition)

  // Only a record that is parsed as a whole is rejected, so that a reject has the record's own digits.
  return (bytes, expectedId) => {
    const parts = split(bytes)
    const checked = parts === undefined ? undefined : checkRecord(bytes, expectedId, () => parts)
    if (checked !== undefined && 'record' in checked) return checked
    return checkRecord(bytes, expectedId, () => parseWhole(bytes, vectorSteps))
  }

  function checkRecord(
    bytes: Buffer,
    expectedId: string | undefined,
    read: () => ReturnType<typeof parseWhole>,
  ): CheckedRecord {
    let id: string | undefined
    let value: object | undefined
    try {
      const parsed = read()
      if ('reject' in parsed) return parsed
      value = parsed.value
      id = expectedId === undefined ? readUserId(value, bytes) : checkUserId(value, bytes, expectedId)
      if (isDeleted(value)) return { record: { id, deleted: true }, value }
      const { components } = parsed
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

/**
 * The record as JSON.parse reads it, and what is in its vector's place.
 *
 * @throws AppError RECORD_NOT_OBJECT
 */
function parseWhole(
  bytes: Buffer,
  vectorSteps: readonly string[],
): { value: object; components: unknown } | { reject: Reject } {
  if (!isUtf8(bytes)) return { reject: toNotUtf8Reject(bytes) }
  const text = bytes.toString()
  const value = parseJson(text)
  if (value === undefined) return { reject: toNotJsonReject(text) }
  if (!isObject(value)) throw recordError('RECORD_NOT_OBJECT', '', `Expected an object, got ${kind(value)}`)
  return { value, components: valueAt(value, vectorSteps) }
}

/**
 * Only true deletes. Values other than false and null may be mistakes for true, such as 1 or "true", so they are
 * refused.
 */
function isDeleted(document: object): boolean {
  const deleted = member(document, 'deleted')
  if (deleted === undefined || deleted === null || typeof deleted === 'boolean') return deleted === true
  throw recordError('FIELD_TYPE', 'deleted', `Expected true, false or null, got ${kind(deleted)}`)
}

function checkVector(value: unknown, { vector, secondaryVectors = [] }: CheckedDefinition): Vector {
  const path = vector.path.slice(2)
  if (Array.isArray(value) || value instanceof Float64Array) {
    const checked = toVector(value, vector, path)
    for (const shape of secondaryVectors) toVector(checked, shape, path)
    return checked
  }
  throw recordError(
    'VECTOR_FORMAT',
    path,
    `Expected an array of ${vector.dimensions} numbers, got ${kind(value)}`,
  )
}

function checkField(value: unknown, field: FieldDefinition, storage: IndexDefinition['storage']): void {
  const problem = findIndexingProblem(field, value, storage)
  if (problem !== undefined) throw recordError('FIELD_TYPE', field.path.slice(2), problem)
}

function recordError(code: ErrorCode, path: string, message: string): AppError {
  return new AppError(code, message, { problems: [{ path, message }] })
}
