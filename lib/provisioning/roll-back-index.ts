import { AppError } from '../errors.ts'
import { indexStatus } from '../index-state/index-status.ts'
import type { IndexStatus } from '../index-state/index-status-schema.ts'
import { saveVersionsArgs, type Versions, without } from '../index-state/versions.ts'
import { ftAliasUpdateArgs } from '../redis/commands/ft-alias.ts'
import { ftDropIndexArgs } from '../redis/commands/ft-drop-index.ts'
import { UNWATCH } from '../redis/commands/transactions.ts'
import type { CallOptions, Command } from '../redis/redis.ts'
import { commit } from './commit-step.ts'
import { type IndexObservation, observeIndex } from './observe-index.ts'
import type { ProvisionDeps } from './provision-index.ts'

const MAX_ATTEMPTS = 20

/**
 * Gives the name back to the version before, in one instant; the one that had it is kept in its place. A change under
 * way is given up. Either way, nobody goes to the definition again unless he is told to, or it changes.
 *
 * @throws AppError ROLLBACK_IMPOSSIBLE when there is neither
 */
export async function rollBackIndex(
  { redis, definition }: ProvisionDeps,
  options?: CallOptions,
): Promise<IndexStatus> {
  await redis.lease(async (connection) => {
    try {
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        const observed = await observeIndex(connection, definition, options)
        const { commands, next } = backwards(observed)
        const save = saveVersionsArgs(definition.name, { ...next, rolledBackFrom: observed.hash })
        if (await commit(connection, [...commands, save], options)) return
      }
    } finally {
      await connection.send(UNWATCH, options).catch(() => {})
    }
    throw new AppError('REDIS_BUSY', `Expected to change the index ${definition.name}, others were faster`)
  })
  return indexStatus({ redis, definition }, options)
}

function backwards({ name, live, versions }: IndexObservation): { commands: Command[]; next: Versions } {
  const { migration, previous } = versions
  if (migration !== null && migration.to !== live?.name) {
    return { commands: [ftDropIndexArgs(migration.to)], next: without(versions, migration.to) }
  }
  if (previous === null || live === undefined || previous.index === live.name) {
    throw new AppError(
      'ROLLBACK_IMPOSSIBLE',
      `Expected a version before ${live?.name ?? name} that is kept, got none`,
    )
  }
  const replaced = { index: live.name, replacedAt: new Date().toISOString() }
  return {
    commands: [ftAliasUpdateArgs(name, previous.index)],
    next: { ...versions, migration: null, previous: replaced },
  }
}
