import type { IndexDefinition } from '../definition.ts'
import { saveVersionsArgs } from '../index/versions.ts'
import { UNWATCH } from '../redis/commands/transactions.ts'
import type { CallOptions, RedisPool } from '../redis/redis.ts'
import { commit } from './commit.ts'
import { watchFacts } from './version-facts.ts'

/**
 * Has the live index built anew, as it is, by whoever next goes on with changes: a vector without a direction that was in an HNSW graph has linked
 * others wrongly, and its going does not mend that.
 */
export async function markSpoilt(
  { redis, definition }: { redis: RedisPool; definition: IndexDefinition },
  options?: CallOptions,
): Promise<void> {
  await redis.lease(async (connection) => {
    try {
      const facts = await watchFacts(connection, definition, options)
      const { live, drift, versions, name } = facts
      if (live === undefined || drift.length > 0 || versions.migration !== null) return
      const next = { ...versions, spoilt: live.name }
      await commit(connection, [saveVersionsArgs(name, next)], options)
    } finally {
      await connection.send(UNWATCH, options).catch(() => {})
    }
  })
}
