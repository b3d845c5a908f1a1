import * as v from 'valibot'
import type { ErrorCode } from '../errors.ts'
import { NumbersSchema, UserIdSchema } from '../search/search-request.ts'
import { PutUserSchema, ShownUserSchema } from '../users/manage-users.ts'
import { recordSchema, storedRecordSchema } from '../users/record-schema.ts'
import { type Api, type InForce, REDIS_ERRORS } from './route.ts'

/** What may be wrong with a single record. */
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

/** `*`, or a list of tags such as `"hGkFqDaLYBGo6wR9ZGZ8yA"`, weak ones with `W/` before them. */
const Tags = v.optional(
  v.pipe(v.string(), v.regex(/^(\*|[\w-]+|(W\/)?"[!#-~]*"([ \t]*,[ \t]*(W\/)?"[!#-~]*")*)$/)),
)
const CONDITIONS = { 'If-Match': Tags, 'If-None-Match': Tags }
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
        description: 'With If-None-Match 304 for a version that the caller has already.',
        path: { id: UserIdSchema },
        headers: CONDITIONS,
        answers: {
          200: { description: 'The user', body: User, headers: ETAG },
          304: { description: 'The user still has a version of If-None-Match', headers: ETAG },
        },
        errors: [
          'REQUEST_INVALID',
          'USER_NOT_FOUND',
          'PRECONDITION_FAILED',
          'ANSWER_TOO_LARGE',
          ...REDIS_ERRORS,
        ],
      },
      'PUT /users/{id}': {
        operationId: 'putUser',
        summary: 'Makes the user what the record says, checked as in an import',
        description:
          'With If-Match only if the user still has that version, with If-None-Match: * only if there is none yet. ' +
          'A PUT that ended in 503 or 504 may have been executed: ask before you repeat it.',
        path: { id: UserIdSchema },
        headers: CONDITIONS,
        body: UserRecord,
        answers: {
          200: { description: 'The user was there before', body: PutUserSchema, headers: ETAG },
          201: { description: 'The user is new', body: PutUserSchema, headers: ETAG },
        },
        errors: [
          'REQUEST_INVALID',
          'BODY_NOT_UTF8',
          'BODY_TOO_LARGE',
          'MEDIA_TYPE_UNSUPPORTED',
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
        headers: CONDITIONS,
        answers: { 204: { description: 'The user is gone' } },
        errors: ['REQUEST_INVALID', 'USER_NOT_FOUND', 'PRECONDITION_FAILED', ...REDIS_ERRORS],
      },
    },
  } satisfies Api
}
