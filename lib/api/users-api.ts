import * as v from 'valibot'
import type { ErrorCode } from '../errors.ts'
import { NumbersSchema, UserIdSchema } from '../search/search-request.ts'
import { PlaceSchema } from '../users/elsewhere.ts'
import { EraseSchema, RemovedUserSchema, RestoreSchema } from '../users/erase-user.ts'
import { ErasureListSchema, ErasureSchema } from '../users/erasures.ts'
import { PutUserSchema, ShownUserSchema } from '../users/manage-users.ts'
import { recordSchema, storedRecordSchema } from '../users/record-schema.ts'
import { type Api, REDIS_ERRORS, type StageSettings } from './route.ts'

/** Errors of a single record. */
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

/** `*`, or a list of tags such as `"hGkFqDaLYBGo6wR9ZGZ8yA"`. A weak tag begins with `W/`. */
const EntityTagsSchema = v.optional(
  v.pipe(v.string(), v.regex(/^(\*|[\w-]+|(W\/)?"[!#-~]*"([ \t]*,[ \t]*(W\/)?"[!#-~]*")*)$/)),
)
const CONDITIONS = { 'If-Match': EntityTagsSchema, 'If-None-Match': EntityTagsSchema }
const ETAG = { ETag: { description: 'The version, in quotes, as If-Match expects it' } }

export const usersApi = ({ definition }: StageSettings) => {
  const UserRecord = recordSchema(definition, NumbersSchema)
  const StoredRecord = storedRecordSchema(definition, NumbersSchema)
  const User = v.object({ ...ShownUserSchema.entries, document: StoredRecord })
  return {
    tag: { name: 'users', description: 'Single users' },
    schemas: {
      ...{ User, UserRecord, StoredRecord, PutUser: PutUserSchema, RemovedUser: RemovedUserSchema },
      ...{ Place: PlaceSchema, Erasure: ErasureSchema, ErasureList: ErasureListSchema },
    },
    routes: {
      'GET /users/{id}': {
        operationId: 'getUser',
        summary: 'Shows the record of a user as it was written, and its version',
        description: 'With If-None-Match, answers 304 if the caller has the current version.',
        path: { id: UserIdSchema },
        headers: CONDITIONS,
        answers: {
          200: { description: 'The user', body: User, headers: ETAG },
          304: { description: 'The current version is one of If-None-Match', headers: ETAG },
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
        summary: 'Creates or replaces the user; the record is checked as in an import',
        description:
          'With If-Match: only if the user still has that version. With If-None-Match: *: only if the user does not exist. ' +
          'An erased person is refused (ERASED), unless `restore` is true. ' +
          'A PUT that ended in 503 or 504 may have been executed: read the user before you repeat it.',
        path: { id: UserIdSchema },
        query: { restore: RestoreSchema },
        headers: CONDITIONS,
        body: UserRecord,
        answers: {
          200: { description: 'The user existed', body: PutUserSchema, headers: ETAG },
          201: { description: 'The user is new', body: PutUserSchema, headers: ETAG },
        },
        errors: [
          'REQUEST_INVALID',
          'BODY_NOT_UTF8',
          'BODY_TOO_LARGE',
          'MEDIA_TYPE_UNSUPPORTED',
          'PRECONDITION_FAILED',
          'ERASED',
          'INDEX_MISSING',
          'INDEX_DRIFTED',
          ...RECORD_ERRORS,
          ...REDIS_ERRORS,
        ],
      },
      'DELETE /users/{id}': {
        operationId: 'deleteUser',
        summary: 'Deletes the user',
        description:
          'With If-Match: only if the user still has that version. With `erase=true`, the person cannot come back with ' +
          'an import or a PUT; the person need not be stored. The answer says where else the person may be.',
        path: { id: UserIdSchema },
        query: { erase: EraseSchema },
        headers: CONDITIONS,
        answers: { 200: { description: 'The user is deleted', body: RemovedUserSchema } },
        errors: [
          ...(['REQUEST_INVALID', 'USER_NOT_FOUND', 'PRECONDITION_FAILED', 'ERASURES_FULL'] as const),
          ...REDIS_ERRORS,
        ],
      },
      'GET /erasures': {
        operationId: 'listErasures',
        summary: 'Counts the erased persons, and lists the newest by the hash of their ids',
        answers: { 200: { description: 'The erasure list', body: ErasureListSchema } },
        errors: ['REQUEST_INVALID', ...REDIS_ERRORS],
      },
      'DELETE /erasures/{id}': {
        operationId: 'undoErasure',
        summary: 'Takes a person off the erasure list',
        path: { id: UserIdSchema },
        answers: { 204: { description: 'The person may be stored again' } },
        errors: ['REQUEST_INVALID', 'ERASURE_NOT_FOUND', ...REDIS_ERRORS],
      },
    },
  } satisfies Api
}
