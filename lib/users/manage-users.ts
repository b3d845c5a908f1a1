import * as v from 'valibot'
import type { CheckedDefinition, IndexDefinition } from '../definition.ts'
import { AppError } from '../errors.ts'
import { fieldTypeOf } from '../fields/field-types.ts'
import { liveDefinitionOf, readIndex } from '../index-state/index-status.ts'
import { readWritableDefinition, readWriteTarget } from '../index-state/writable-definition.ts'
import type { CallOptions, Outcome } from '../redis/redis.ts'
import { pathSteps, valueAt, without as withoutPaths } from '../storage/json-path.ts'
import type { User } from '../storage/storage.ts'
import { storageOf } from '../storage/storage-of.ts'
import { type Change, changeUser, type UsersDeps } from './change-user.ts'
import type { Conditions } from './conditions.ts'
import { recordCheck, userKey } from './user-record.ts'

export type ShownUser = v.InferOutput<typeof ShownUserSchema>
export const ShownUserSchema = v.object({
  id: v.string(),
  version: v.pipe(v.string(), v.description('Another one after every change of the stored user')),
  /** The record as it came, without its private fields. */
  document: v.looseObject({}),
})

export type PutUser = v.InferOutput<typeof PutUserSchema>
export const PutUserSchema = v.object({
  id: v.string(),
  version: v.string(),
  change: v.picklist(['created', 'replaced', 'unchanged']),
  searchable: v.pipe(
    v.boolean(),
    v.description('Whether the index holds the user, read back from it in the same step as the write'),
  ),
  warnings: v.pipe(v.array(v.string()), v.description('What no filter finds in the record')),
})

/**
 * A user without its private fields, whether the definition in force or that of the live index has them private.
 *
 * @throws AppError USER_NOT_FOUND
 */
export async function showUser(deps: UsersDeps, id: string, options?: CallOptions): Promise<ShownUser> {
  const { redis } = deps
  const definition = liveDefinitionOf(deps.definition, await readIndex(deps, options))
  const { readArgs, readOptions, parseRead } = storageOf(definition)
  const keys = [userKey(definition, id)]
  const outcomes = readArgs(keys).map((command) =>
    redis.send(command, { ...options, ...readOptions }).then((reply) => ({ reply }), refusal),
  )
  const [stored] = parseRead(keys, await Promise.all(outcomes))
  if (stored === undefined) throw notFound(id)
  const isPrivate = [...definition.fields, ...deps.definition.fields].filter(({ returned }) => !returned)
  const document = withoutPaths(
    stored.document(),
    isPrivate.map(({ path }) => pathSteps(path)),
  )
  return { id, version: stored.version(), document }
}

/**
 * Makes the user what the record says, checked as in an import. Two who write at once cannot overwrite each other
 * unseen: who named a version is refused when it is not that any more. A lost connection leaves the outcome open, and
 * is never followed by a second attempt here.
 *
 * @throws AppError what is wrong with the record, PRECONDITION_FAILED, INDEX_MISSING, INDEX_DRIFTED
 */
export async function putUser(
  deps: UsersDeps,
  id: string,
  record: Buffer,
  conditions: Conditions = {},
  options?: CallOptions,
): Promise<PutUser> {
  const { checked, written } = await readWritableDefinition(deps, options)
  const user = userOf(checked, id, record)
  const write = storageOf(written).writeArgs(userKey(written, id), user)
  const change: Change = {
    asksIndex: true,
    commands: ({ stored, isIndexed }) => (stored?.equals(user) && isIndexed ? [] : write),
  }
  const { before, after } = await changeUser(
    { ...deps, definition: written },
    id,
    change,
    conditions,
    options,
  )
  if (after.stored === undefined) throw new Error('A user who was written is not there')
  return {
    id,
    version: after.stored.version(),
    change: before.stored === undefined ? 'created' : after === before ? 'unchanged' : 'replaced',
    searchable: after.isIndexed,
    warnings: warningsOf(written, user),
  }
}

function warningsOf({ fields }: IndexDefinition, { value }: User): string[] {
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
    asksIndex: false,
    commands: ({ stored }) =>
      stored === undefined ? [] : storageOf(written).deleteArgs(userKey(written, id)),
  }
  const { before } = await changeUser({ ...deps, definition: written }, id, change, conditions, options)
  if (before.stored === undefined) throw notFound(id)
}

function refusal(error: unknown): Outcome {
  if (error instanceof AppError) return { refused: error }
  throw error
}

/** @throws AppError what is wrong with the record */
function userOf(definition: CheckedDefinition, id: string, record: Buffer): User {
  const checked = recordCheck(definition)(record, id)
  if ('reject' in checked) {
    const { code, path, message } = checked.reject
    throw new AppError(code, message, { problems: [{ path, message }] })
  }
  if (!('deleted' in checked.record)) return checked.record
  const message = 'Expected a user, got one that says "deleted": use DELETE'
  throw new AppError('REQUEST_INVALID', message, { problems: [{ path: 'deleted', message }] })
}

function notFound(id: string): AppError {
  return new AppError('USER_NOT_FOUND', `Expected a stored user, got none with the id ${JSON.stringify(id)}`)
}
