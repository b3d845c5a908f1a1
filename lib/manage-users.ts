import * as v from 'valibot'
import type { IndexDefinition } from './definition.ts'
import { AppError } from './errors.ts'
import { asLive, readIndex } from './index/index-status.ts'
import { writableBy, writtenBy } from './index/writable.ts'
import { ftSearchKeysArgs, parseFtSearch } from './redis/commands/ft-search.ts'
import { UNWATCH, watchArgs } from './redis/commands/transactions.ts'
import { type CallOptions, type Command, type Outcome, type RedisPool, replyOf } from './redis/redis.ts'
import { transact } from './redis/transact.ts'
import type { StoredUser, User } from './storage/storage.ts'
import { storageOf } from './storage/storage-of.ts'
import { type Conditions, conditionFailure } from './users/conditions.ts'
import { recordCheck, userKey } from './users/user-record.ts'

export interface ManageUsersDeps {
  redis: RedisPool
  definition: IndexDefinition
}

export type ShownUser = v.InferOutput<typeof ShownUserSchema>
export const ShownUserSchema = v.object({
  id: v.string(),
  /** Changes whenever the stored user does, by whomever. */
  version: v.string(),
  /** The record as it came. */
  document: v.looseObject({}),
})

export type PutUser = v.InferOutput<typeof PutUserSchema>
export const PutUserSchema = v.object({
  id: v.string(),
  version: v.string(),
  change: v.picklist(['created', 'replaced', 'unchanged']),
  /** Whether the index holds the user, read back from it in the same step as the write. */
  searchable: v.boolean(),
})

/** @throws AppError USER_NOT_FOUND */
export async function showUser(deps: ManageUsersDeps, id: string, options?: CallOptions): Promise<ShownUser> {
  const { redis } = deps
  const definition = asLive(deps.definition, await readIndex(deps, options))
  const { readArgs, readOptions, parseRead } = storageOf(definition)
  const keys = [userKey(definition, id)]
  const outcomes = readArgs(keys).map((command) =>
    redis.send(command, { ...options, ...readOptions }).then((reply) => ({ reply }), refusal),
  )
  const [stored] = parseRead(keys, await Promise.all(outcomes))
  if (stored === undefined) throw notFound(id)
  return { id, version: stored.version(), document: stored.document() }
}

/**
 * Makes the user what the record says, checked as in an import. Two who write at once cannot overwrite each other
 * unseen: who named a version is refused when it is not that any more. A lost connection leaves the outcome open, and
 * is never followed by a second attempt here.
 *
 * @throws AppError what is wrong with the record, PRECONDITION_FAILED, INDEX_MISSING, INDEX_DRIFTED
 */
export async function putUser(
  deps: ManageUsersDeps,
  id: string,
  record: Buffer,
  conditions: Conditions = {},
  options?: CallOptions,
): Promise<PutUser> {
  const { checked, written } = await writableBy(deps, options)
  const user = userOf(checked, id, record)
  const write = storageOf(written).writeArgs(userKey(written, id), user)
  const change: Change = {
    ...looking(written, id, { index: true }),
    commands: ({ stored, isHeld }) => (stored?.says(user) && isHeld ? [] : write),
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
    searchable: after.isHeld,
  }
}

/** @throws AppError USER_NOT_FOUND, PRECONDITION_FAILED */
export async function deleteUser(
  deps: ManageUsersDeps,
  id: string,
  conditions: Conditions = {},
  options?: CallOptions,
): Promise<void> {
  const { written } = await writtenBy(deps, options)
  const change: Change = {
    ...looking(written, id, { index: false }),
    commands: ({ stored }) =>
      stored === undefined ? [] : storageOf(written).deleteArgs(userKey(written, id)),
  }
  const { before } = await changeUser({ ...deps, definition: written }, id, change, conditions, options)
  if (before.stored === undefined) throw notFound(id)
}

/** A user as Redis and, when it was asked, the index have it. */
interface Seen {
  stored: StoredUser | undefined
  isHeld: boolean
}

interface Change {
  /** Looks at a user; `seen` reads what that is answered with. */
  look: readonly Command[]
  seen(outcomes: readonly Outcome[]): Seen
  /** Nothing to do when it is empty. */
  commands(before: Seen): readonly Command[]
}

const MAX_ATTEMPTS = 20

/**
 * Looks at the user, and does what is to be done in one step that fails when somebody wrote the user meanwhile; then it
 * looks again. `after` is seen within that step, and is `before` when there was nothing to do.
 */
async function changeUser(
  { redis, definition }: ManageUsersDeps,
  id: string,
  { look, seen, commands }: Change,
  conditions: Conditions,
  options?: CallOptions,
): Promise<{ before: Seen; after: Seen }> {
  const reading = { ...options, ...storageOf(definition).readOptions }
  const result = await redis.lease(async (connection) => {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const [, ...outcomes] = await connection.pipeline(
        [watchArgs(userKey(definition, id)), ...look],
        reading,
      )
      const before = seen(outcomes)
      const failure = conditionFailure(conditions, before.stored?.version())
      const writes = failure === undefined ? commands(before) : []
      if (writes.length === 0) {
        await connection.send(UNWATCH, options)
        return failure ?? { before, after: before }
      }
      const done = await transact(connection, [...writes, ...look], reading)
      if (done === undefined) continue
      done.slice(0, writes.length).map(replyOf)
      return { before, after: seen(done.slice(writes.length)) }
    }
    return new AppError('REDIS_BUSY', 'Expected to write the user, others were faster each time')
  })
  // Thrown out here: what fails within a lease costs its connection.
  if (result instanceof AppError) throw result
  return result
}

/** What the commands are that look at a user, and at the index when it is to be asked. */
function looking(
  definition: IndexDefinition,
  id: string,
  { index }: { index: boolean },
): Omit<Change, 'commands'> {
  const { readArgs, parseRead } = storageOf(definition)
  const keys = [userKey(definition, id)]
  const read = readArgs(keys)
  return {
    look: index ? [...read, ftSearchKeysArgs(definition.name, keys)] : read,
    seen(outcomes) {
      const [stored] = parseRead(keys, outcomes.slice(0, read.length))
      const rows = index ? parseFtSearch(replyOf(outcomes[read.length]), { content: false }).rows : []
      return { stored, isHeld: rows.length > 0 }
    },
  }
}

function refusal(error: unknown): Outcome {
  if (error instanceof AppError) return { refused: error }
  throw error
}

/** @throws AppError what is wrong with the record */
function userOf(definition: IndexDefinition, id: string, record: Buffer): User {
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
