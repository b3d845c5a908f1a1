import type { IndexDefinition } from '../definition.ts'
import { AppError } from '../errors.ts'
import { ftSearchKeysArgs, parseFtSearch } from '../redis/commands/ft-search.ts'
import { watchArgs } from '../redis/commands/transactions.ts'
import { type CallOptions, type Command, type Outcome, type RedisPool, replyOf } from '../redis/redis.ts'
import { CONFLICT, retryOnConflict } from '../redis/retry-on-conflict.ts'
import type { StoredUser } from '../storage/storage.ts'
import { storageOf } from '../storage/storage-of.ts'
import { type Conditions, conditionFailure } from './conditions.ts'
import { userKey } from './user-record.ts'

export interface UsersDeps {
  redis: RedisPool
  definition: IndexDefinition
}

/** A user as Redis and, when it was asked, the index have it. */
interface UserState {
  stored: StoredUser | undefined
  isIndexed: boolean
}

export interface Change {
  /** Whether to ask the index, too; it has to be there then. */
  asksIndex: boolean
  /** What is to be done; nothing when it is empty. */
  commands(before: UserState): readonly Command[]
}

/**
 * Looks at the user, and does what is to be done in one step that fails when somebody wrote the user meanwhile; then it
 * looks again. `after` is seen within that step, and is `before` when there was nothing to do.
 *
 * @throws AppError PRECONDITION_FAILED; REDIS_BUSY when others were faster again and again
 */
export async function changeUser(
  { redis, definition }: UsersDeps,
  id: string,
  { asksIndex, commands }: Change,
  conditions: Conditions,
  options?: CallOptions,
): Promise<{ before: UserState; after: UserState }> {
  const { look, parse } = looking(definition, id, asksIndex)
  const reading = { ...options, ...storageOf(definition).readOptions }
  const result = await redis.lease(
    (connection) =>
      retryOnConflict(connection, { purpose: 'write the user', options: reading }, async (commit) => {
        const watched = [watchArgs(userKey(definition, id)), ...look]
        const [, ...outcomes] = await connection.pipeline(watched, reading)
        const before = parse(outcomes)
        const failure = conditionFailure(conditions, before.stored?.version())
        if (failure !== undefined) return failure
        const writes = commands(before)
        if (writes.length === 0) return { before, after: before }
        const done = await commit([...writes, ...look])
        if (done === CONFLICT) return CONFLICT
        done.slice(0, writes.length).map(replyOf)
        return { before, after: parse(done.slice(writes.length)) }
      }),
    options,
  )
  // Thrown here, because an error within a lease costs the connection.
  if (result instanceof AppError) throw result
  return result
}

/** The commands that look at a user, and what is seen in their outcomes. */
function looking(definition: IndexDefinition, id: string, asksIndex: boolean) {
  const { readArgs, parseRead } = storageOf(definition)
  const keys = [userKey(definition, id)]
  const read = readArgs(keys)
  return {
    look: asksIndex ? [...read, ftSearchKeysArgs(definition.name, keys)] : read,
    parse(outcomes: readonly Outcome[]): UserState {
      const [stored] = parseRead(keys, outcomes.slice(0, read.length))
      const rows = asksIndex ? parseFtSearch(replyOf(outcomes[read.length]), { content: false }).rows : []
      return { stored, isIndexed: rows.length > 0 }
    },
  }
}
