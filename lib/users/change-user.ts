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

/** The state of a user in Redis and, if requested, in the index. */
interface UserState {
  stored: StoredUser | undefined
  isIndexed: boolean
}

export interface Change {
  /** Whether to ask the index, too. It must exist then. */
  readsIndex: boolean
  /** The commands of the change; an empty list means no change. */
  commands(before: UserState): readonly Command[]
}

/**
 * Reads the user and executes the change in one optimistic transaction. If another client writes the user meanwhile,
 * it reads again. `after` is read within the transaction; without a change it is `before`.
 *
 * @throws AppError PRECONDITION_FAILED; REDIS_BUSY if other clients are faster in every attempt
 */
export async function changeUser(
  { redis, definition }: UsersDeps,
  id: string,
  { readsIndex, commands }: Change,
  conditions: Conditions,
  options?: CallOptions,
): Promise<{ before: UserState; after: UserState }> {
  const { readCommands, parse } = createUserReader(definition, id, readsIndex)
  const reading = { ...options, ...storageOf(definition).readOptions }
  const result = await redis.lease(
    (connection) =>
      retryOnConflict(connection, { purpose: 'write the user', options: reading }, async (commit) => {
        const watched = [watchArgs(userKey(definition, id)), ...readCommands]
        const [, ...outcomes] = await connection.pipeline(watched, reading)
        const before = parse(outcomes)
        const failure = conditionFailure(conditions, before.stored?.version())
        if (failure !== undefined) return failure
        const writes = commands(before)
        if (writes.length === 0) return { before, after: before }
        const done = await commit([...writes, ...readCommands])
        if (done === CONFLICT) return CONFLICT
        done.slice(0, writes.length).map(replyOf)
        return { before, after: parse(done.slice(writes.length)) }
      }),
    options,
  )
  // Thrown outside the lease, because an error within it costs the connection.
  if (result instanceof AppError) throw result
  return result
}

/** The commands that read a user, and the parser of their outcomes. */
function createUserReader(definition: IndexDefinition, id: string, readsIndex: boolean) {
  const { readArgs, parseRead } = storageOf(definition)
  const keys = [userKey(definition, id)]
  const read = readArgs(keys)
  return {
    readCommands: readsIndex ? [...read, ftSearchKeysArgs(definition.name, keys)] : read,
    parse(outcomes: readonly Outcome[]): UserState {
      const [stored] = parseRead(keys, outcomes.slice(0, read.length))
      const rows = readsIndex ? parseFtSearch(replyOf(outcomes[read.length]), { content: false }).rows : []
      return { stored, isIndexed: rows.length > 0 }
    },
  }
}
