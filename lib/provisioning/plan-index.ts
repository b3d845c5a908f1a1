import type { CallOptions } from '../redis/redis.ts'
import { retryOnConflict } from '../redis/retry-on-conflict.ts'
import { type ChangePlan, createPlan } from './change-plan.ts'
import { observeIndex } from './observe-index.ts'
import type { ProvisionDeps } from './provision-index.ts'

/** The preview for a person: what provisioning would do now, all steps together. `planStep` decides one step. Changes nothing. */
export async function planIndex(
  { redis, definition }: ProvisionDeps,
  options?: CallOptions,
): Promise<ChangePlan> {
  return redis.lease((connection) =>
    retryOnConflict(connection, { purpose: 'plan the change', ...(options && { options }) }, async () =>
      createPlan(connection, definition, await observeIndex(connection, definition, options), options),
    ),
  )
}
