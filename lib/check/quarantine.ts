import * as v from 'valibot'
import type { IndexDefinition } from '../definition.ts'
import { AppError } from '../errors.ts'
import { parseScan, renameIfFreeArgs, scanArgs } from '../redis/commands/keys.ts'
import { watchArgs } from '../redis/commands/transactions.ts'
import type { CallOptions, Connection, Redis } from '../redis/redis.ts'
import { CONFLICT, retryOnConflict } from '../redis/retry-on-conflict.ts'
import { quarantineKey } from '../users/quarantine-key.ts'
import { readUserVectors } from '../users/user-vector.ts'
import { causeCode, hasUnusableVector } from './suspects.ts'

const MAX_IDS = 1_000

/** The body of `POST /index/restore`, and its answer, and that of `GET /index/quarantine`. */
export const UserIdsSchema = v.strictObject({ ids: v.pipe(v.array(v.string()), v.maxLength(MAX_IDS)) })

/**
 * Renames a user out of the index's prefix if its vector is still unusable. The rename loses nothing. If another user
 * with this id is in quarantine, this user stays: an operator must restore or delete the earlier one first.
 *
 * @throws AppError REDIS_BUSY
 */
export async function quarantine(
  connection: Connection,
  definition: IndexDefinition,
  id: string,
  options?: CallOptions,
): Promise<boolean> {
  const key = definition.prefix + id
  const retry = { purpose: 'move a user to quarantine', ...(options && { options }) }
  return retryOnConflict(connection, retry, async (commit) => {
    await connection.send(watchArgs(key), options)
    // An import may have corrected the vector since the sweep found it.
    const vectors = await readUserVectors({ redis: connection, definition }, [id], options)
    const vector = vectors.get(id)
    const isUnusable = vector instanceof AppError && hasUnusableVector({ code: causeCode(vector) })
    if (!isUnusable) return false
    const outcomes = await commit([renameIfFreeArgs(key, quarantineKey(definition, id))])
    if (outcomes === CONFLICT) return CONFLICT
    const [renamed] = outcomes
    return renamed !== undefined && 'reply' in renamed && renamed.reply === 1
  })
}

/** The ids of the users in quarantine, at most a thousand. */
export async function listQuarantine(
  { redis, definition }: { redis: Redis; definition: IndexDefinition },
  options?: CallOptions,
): Promise<string[]> {
  const prefix = quarantineKey(definition, '')
  const ids: string[] = []
  let cursor = '0'
  do {
    const page = parseScan(await redis.send(scanArgs(cursor, prefix, 1_000), options))
    ids.push(...page.keys.map((key) => key.slice(prefix.length)))
    cursor = page.cursor
  } while (cursor !== '0' && ids.length < MAX_IDS)
  return ids.slice(0, MAX_IDS)
}

/** Renames users back, except users with an id that is in use again. Returns the ids of the renamed users. */
export async function restoreUsers(
  { redis, definition }: { redis: Redis; definition: IndexDefinition },
  ids: readonly string[],
  options?: CallOptions,
): Promise<string[]> {
  const outcomes = await Promise.all(
    ids.map(async (id) => {
      const command = renameIfFreeArgs(quarantineKey(definition, id), definition.prefix + id)
      const renamed = await redis.send(command, { ...options, once: true }).catch(nullIfMissing)
      return renamed === 1
    }),
  )
  return ids.filter((_, i) => outcomes[i])
}

/** RENAMENX answers `ERR no such key` for a user that is not in quarantine. */
function nullIfMissing(error: unknown): null {
  if (error instanceof AppError && error.code === 'REDIS_ERROR') return null
  throw error
}
