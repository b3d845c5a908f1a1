import { UNWATCH } from '../redis/commands/transactions.ts'
import type { CallOptions } from '../redis/redis.ts'
import { type ChangePlan, planOf } from './change-plan.ts'
import { observeIndex } from './observe-index.ts'
import type { ProvisionDeps } from './provision-index.ts'

/** What provisioning would do now. Changes nothing. */
export async function planIndex(
  { redis, definition }: ProvisionDeps,
  options?: CallOptions,
): Promise<ChangePlan> {
  return redis.lease(async (connection) => {
    const observed = await observeIndex(connection, definition, options)
    await connection.send(UNWATCH, options)
    return planOf(connection, definition, observed, options)
  })
}
