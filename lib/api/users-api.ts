import * as v from 'valibot'
import type { ErrorCode } from '../errors.ts'
import { NumbersSchema, UserIdSchema } from '../search/search-request.ts'
import { PutUserSchema, ShownUserSchema } from '../users/manage-users.ts'
import { recordSchema, storedRecordSchema } from '../users/record-schema.ts'
import { type Api, type InForce, REDIS_ERRORS } from './route.ts'

/** What may be wrong with a record that somebody writes by itself. */
const RECORD_ERRORS = [
  'RECORD_NOT_UTF8',
  'RECORD_NOT_JSON',
  'RECORD_NOT_OBJECT',
  'RECORD_UNSTORABLE',
  'ID_INVALID',
  'FIELD_TYPE',
  'VECTOR_FORMAT',
  'VECTOR_DIMENSIONS',
  'VECTOR_NOT_FINITE',
  'VECTOR_ZERO',
] as const satisfies ErrorCode[]

const IfMatch = v.optional(v.pipe(v.string(), v.regex(/^(\*|[\w-]+|"[\w-]+"(\s*,\s*"[\w-]+")*)$/)))
const ETAG = { ETag: { description: 'The version, in quotes: what If-Match takes' } }

export const usersApi = ({ definition }: InForce) => {
  const UserRecord = recordSchema(definition, NumbersSchema)
  const StoredRecord = storedRecordSchema(definition, NumbersSchema)
  const User = v.object({ ...ShownUserSchema.entries, document: StoredRecord })
  return {
    tag: { name: 'users', description: 'One user at a time' },
    schemas: { User, UserRecord, StoredRecord, PutUser: PutUserSchema },
    routes: {
      'GET /users/{id}': {
        operationId: 'getUser',
        summary: 'The record of a user as it came, and its version',
        path: { id: UserIdSchema },
        answers: { 200: { description: 'The user', body: User, headers: ETAG } },
        errors: ['REQUEST_INVALID', 'USER_NOT_FOUND', 'ANSWER_TOO_LARGE', ...REDIS_ERRORS],
      },
      'PUT /users/{id}': {
        operationId: 'putUser',
        summary: 'Makes the user what the record says, checked as in an import',
        description:
          'With If-Match only if the user still has that version, with If-None-Match: * only if there is none yet. ' +
          'A PUT that ended in 503 or 504 may have been executed: ask before you repeat it.',
        path: { id: UserIdSchema },
        headers: { 'If-Match': IfMatch, 'If-None-Match': v.optional(v.literal('*')) },
        body: UserRecord,
        answers: {
          200: { description: 'The user was there before', body: PutUserSchema, headers: ETAG },
          201: { description: 'The user is new', body: PutUserSchema, headers: ETAG },
        },
        errors: [
          'REQUEST_INVALID',
          'BODY_TOO_LARGE',
          'PRECONDITION_FAILED',
          'INDEX_MISSING',
          'INDEX_DRIFTED',
          ...RECORD_ERRORS,
          ...REDIS_ERRORS,
        ],
      },
      'DELETE /users/{id}': {
        operationId: 'deleteUser',
        summary: 'Deletes the user',
        description: 'With If-Match only if the user still has that version.',
        path: { id: UserIdSchema },
        headers: { 'If-Match': IfMatch },
        answers: { 204: { description: 'The user is gone' } },
        errors: ['REQUEST_INVALID', 'USER_NOT_FOUND', 'PRECONDITION_FAILED', ...REDIS_ERRORS],
      },
    },
  } satisfies Api
}
