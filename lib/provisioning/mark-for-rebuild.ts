import type { IndexDefinition } from '../definition.ts'
import { AppError } from '../errors.ts'
import { saveVersionsArgs, without } from '../index-state/versions.ts'
import { ftDropIndexArgs } from '../redis/commands/ft-drop-index.ts'
import { UNWATCH } from '../redis/commands/transactions.ts'
import type { CallOptions, RedisPool } from '../redis/redis.ts'
import { commit } from './commit-step.ts'
import { observeIndex } from './observe-index.ts'

const MAX_ATTEMPTS = 20

/**
 * Has the live index built anew, as it is, by whoever next goes on with changes: a vector without a direction that was
 * in an HNSW graph has linked others wrongly, and its going does not mend that. What is being built in the live one's
 * place has the poison in it as well, and is given up for it.
 */
export async function markForRebuild(
  { redis, definition }: { redis: RedisPool; definition: IndexDefinition },
  options?: CallOptions,
): Promise<void> {
  if (definition.vector.algorithm !== 'HNSW') return
  await redis.lease(async (connection) => {
    try {
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        const { live, drift, versions, name } = await observeIndex(connection, definition, options)
        if (live === undefined || drift.length > 0) return
        const begun = versions.migration?.to ?? live.name
        const drop = begun === live.name ? [] : [ftDropIndexArgs(begun)]
        const next = { ...without(versions, begun), spoilt: live.name }
        if (await commit(connection, [...drop, saveVersionsArgs(name, next)], options)) return
      }
    } finally {
      await connection.send(UNWATCH, options).catch(() => {})
    }
    throw new AppError('REDIS_BUSY', `Expected to mark the index ${definition.name}, others were faster`)
  })
}
