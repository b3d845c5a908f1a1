import type { IndexDefinition } from '../definition.ts'
import { saveVersionsArgs } from '../index/versions.ts'
import { UNWATCH } from '../redis/commands/transactions.ts'
import type { CallOptions, RedisPool } from '../redis/redis.ts'
import { planOf } from './change-plan.ts'
import { commit } from './commit.ts'
import { watchFacts } from './version-facts.ts'

/**
 * Begins to build the live index anew, as it is: a vector without a direction that was in an HNSW graph has linked
 * others wrongly, and its going does not mend that. Who goes on with changes does the rest.
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
      // Refused for lack of memory, it would be tried at every look.
      const plan = await planOf(connection, definition, { ...facts, isSpoilt: true }, options)
      if (plan.refused !== null) return
      const next = { ...versions, spoilt: live.name }
      await commit(connection, [saveVersionsArgs(name, next)], options)
    } finally {
      await connection.send(UNWATCH, options).catch(() => {})
    }
  })
}
