import * as v from 'valibot'
import type { CheckedDefinition, IndexDefinition } from '../definition.ts'
import { AppError } from '../errors.ts'
import { fieldTypeOf } from '../fields/field-types.ts'
import { liveDefinitionOf, readIndex } from '../index-state/index-status.ts'
import { readWritableDefinition, readWriteTarget } from '../index-state/writable-definition.ts'
import type { CallOptions, Outcome } from '../redis/redis.ts'
import { pathSteps, valueAt, withoutPaths } from '../storage/json-path.ts'
import type { User } from '../storage/storage.ts'
import { storageOf } from '../storage/storage-of.ts'
import { type Change, changeUser, type UsersDeps } from './change-user.ts'
import type { Conditions } from './conditions.ts'
import { createRecordCheck, userKey } from './user-record.ts'

export type ShownUser = v.InferOutput<typeof ShownUserSchema>
export const ShownUserSchema = v.object({
  id: v.string(),
  version: v.pipe(v.string(), v.description('Changes with every change of the stored user')),
  /** The record as received, without its private fields. */
  document: v.looseObject({}),
})

export type PutUser = v.InferOutput<typeof PutUserSchema>
export const PutUserSchema = v.object({
  id: v.string(),
  version: v.string(),
  change: v.picklist(['created', 'replaced', 'unchanged']),
  searchable: v.pipe(
    v.boolean(),
    v.description('Whether the user is indexed, read back from the index in the same step as the write'),
  ),
  warnings: v.pipe(v.array(v.string()), v.description('Parts of the record that no filter finds')),
})

/**
 * Shows a user without private fields: those of the current definition, and those of the live index's definition.
 *
 * @throws AppError USER_NOT_FOUND
 */
export async function showUser(deps: UsersDeps, id: string, options?: CallOptions): Promise<ShownUser> {
  const { redis } = deps
  const definition = liveDefinitionOf(deps.definition, await readIndex(deps, options))
  const { readArgs, readOptions, parseRead } = storageOf(definition)
  const keys = [userKey(definition, id)]
  const outcomes = readArgs(keys).map((command) =>
    redis.send(command, { ...options, ...readOptions }).then((reply) => ({ reply }), toRefusedOutcome),
  )
  const [stored] = parseRead(keys, await Promise.all(outcomes))
  if (stored === undefined) throw userNotFoundError(id)
  const privateFields = [...definition.fields, ...deps.definition.fields].filter(({ returned }) => !returned)
  const document = withoutPaths(
    stored.document(),
    privateFields.map(({ path }) => pathSteps(path)),
  )
  return { id, version: stored.version(), document }
}

/**
 * Creates or replaces the user; the record is checked as in an import. Two concurrent writers cannot silently
 * overwrite each other: a request with a version fails if the version has changed. After a lost connection the
 * outcome is unknown, and this does not retry.
 *
 * @throws AppError the problem of the record, PRECONDITION_FAILED, INDEX_MISSING, INDEX_DRIFTED
 */
export async function putUser(
  deps: UsersDeps,
  id: string,
  record: Buffer,
  conditions: Conditions = {},
  options?: CallOptions,
): Promise<PutUser> {
  const { checked, written } = await readWritableDefinition(deps, options)
  const user = parseUser(checked, id, record)
  const write = storageOf(written).writeArgs(userKey(written, id), user)
  const change: Change = {
    readsIndex: true,
    commands: ({ stored, isIndexed }) => (stored?.equals(user) && isIndexed ? [] : write),
  }
  const { before, after } = await changeUser(
    { ...deps, definition: written },
    id,
    change,
    conditions,
    options,
  )
  if (after.stored === undefined) throw new Error('Expected the user after its write, Redis has none')
  return {
    id,
    version: after.stored.version(),
    change: before.stored === undefined ? 'created' : after === before ? 'unchanged' : 'replaced',
    searchable: after.isIndexed,
    warnings: findWarnings(written, user),
  }
}

function findWarnings({ fields }: IndexDefinition, { value }: User): string[] {
  return fields.flatMap((field) =>
    fieldTypeOf(field)
      .doubts(valueAt(value, pathSteps(field.path)))
      .map((doubt) => `${field.path.slice(2)} has ${doubt}`),
  )
}

/** @throws AppError USER_NOT_FOUND, PRECONDITION_FAILED */
export async function deleteUser(
  deps: UsersDeps,
  id: string,
  conditions: Conditions = {},
  options?: CallOptions,
): Promise<void> {
  const { written } = await readWriteTarget(deps, options)
  const change: Change = {
    readsIndex: false,
    commands: ({ stored }) =>
      stored === undefined ? [] : storageOf(written).deleteArgs(userKey(written, id)),
  }
  const { before } = await changeUser({ ...deps, definition: written }, id, change, conditions, options)
  if (before.stored === undefined) throw userNotFoundError(id)
}

function toRefusedOutcome(error: unknown): Outcome {
  if (error instanceof AppError) return { refused: error }
  throw error
}

/** @throws AppError what is wrong with the record */
function parseUser(definition: CheckedDefinition, id: string, record: Buffer): User {
  const checked = createRecordCheck(definition)(record, id)
  if ('reject' in checked) {
    const { code, path, message } = checked.reject
    throw new AppError(code, message, { problems: [{ path, message }] })
  }
  if (!('deleted' in checked.record)) return checked.record
  const message = 'Expected a user, got a record with "deleted": use DELETE'
  throw new AppError('REQUEST_INVALID', message, { problems: [{ path: 'deleted', message }] })
}

function userNotFoundError(id: string): AppError {
  return new AppError('USER_NOT_FOUND', `Expected a stored user, got none with the id ${JSON.stringify(id)}`)
}
