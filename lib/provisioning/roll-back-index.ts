import { AppError } from '../errors.ts'
import { indexStatus } from '../index-state/index-status.ts'
import type { IndexStatus } from '../index-state/index-status-schema.ts'
import { saveVersionsArgs, type Versions, withoutIndex } from '../index-state/versions.ts'
import { ftAliasUpdateArgs } from '../redis/commands/ft-alias.ts'
import { ftDropIndexArgs } from '../redis/commands/ft-drop-index.ts'
import type { CallOptions, Command } from '../redis/redis.ts'
import { retryOnConflict } from '../redis/retry-on-conflict.ts'
import { claimIndex } from './claim-index.ts'
import { commitStep } from './commit-step.ts'
import { type IndexObservation, observeIndex } from './observe-index.ts'
import type { ProvisionDeps } from './provision-index.ts'

/**
 * Swaps the alias back to the previous version, and stores the version that it replaces. If a change is under way,
 * this drops its index instead. `provision-index` does not return to the abandoned definition, except with `force`.
 *
 * @throws AppError INDEX_OWNED; ROLLBACK_IMPOSSIBLE without a previous version and without a change under way; REDIS_BUSY
 */
export async function rollBackIndex(
  { redis, definition, stack }: ProvisionDeps,
  options?: CallOptions,
): Promise<IndexStatus> {
  const retry = { purpose: `roll back the index ${definition.name}`, ...(options && { options }) }
  await redis.lease((connection) =>
    retryOnConflict(connection, retry, async (commit) => {
      const seen = await observeIndex(connection, definition, options)
      const versions = claimIndex(definition.name, seen.versions, { stack, force: false })
      const observed = { ...seen, versions }
      const { commands, next } = planRollback(observed)
      const save = saveVersionsArgs(definition.name, { ...next, rolledBackFrom: observed.hash })
      return commitStep(commit, [...commands, save])
    }),
  )
  return indexStatus({ redis, definition }, options)
}

function planRollback({ name, live, versions }: IndexObservation): { commands: Command[]; next: Versions } {
  const { migration, previous } = versions
  if (migration !== null && migration.to !== live?.name) {
    return { commands: [ftDropIndexArgs(migration.to)], next: withoutIndex(versions, migration.to) }
  }
  if (previous === null || live === undefined || previous.index === live.name) {
    throw new AppError(
      'ROLLBACK_IMPOSSIBLE',
      `Expected a stored version before ${live?.name ?? name} to roll back to, got none`,
    )
  }
  const replaced = { index: live.name, replacedAt: new Date().toISOString() }
  return {
    commands: [ftAliasUpdateArgs(name, previous.index)],
    next: { ...versions, migration: null, previous: replaced },
  }
}
