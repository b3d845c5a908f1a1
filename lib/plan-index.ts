import type { ProvisionDeps } from './provision-index.ts'
import { UNWATCH } from './redis/commands/transactions.ts'
import type { CallOptions } from './redis/redis.ts'
import { type ChangePlan, planOf } from './versions/change-plan.ts'
import { watchFacts } from './versions/version-facts.ts'

/** What provisioning would do now. Changes nothing. */
export async function planIndex(
  { redis, definition }: ProvisionDeps,
  options?: CallOptions,
): Promise<ChangePlan> {
  return redis.lease(async (connection) => {
    const facts = await watchFacts(connection, definition, options)
    await connection.send(UNWATCH, options)
    return planOf(connection, definition, facts, options)
  })
}
