import type { CallOptions } from '../redis/redis.ts'
import { retryOnConflict } from '../redis/retry-on-conflict.ts'
import { type ChangePlan, planOf } from './change-plan.ts'
import { observeIndex } from './observe-index.ts'
import type { ProvisionDeps } from './provision-index.ts'

/** What provisioning would do now. Changes nothing. */
export async function planIndex(
  { redis, definition }: ProvisionDeps,
  options?: CallOptions,
): Promise<ChangePlan> {
  return redis.lease((connection) =>
    retryOnConflict(connection, { purpose: 'plan the change', ...(options && { options }) }, async () =>
      planOf(connection, definition, await observeIndex(connection, definition, options), options),
    ),
  )
}
