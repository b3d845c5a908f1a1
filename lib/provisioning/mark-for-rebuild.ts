import type { IndexDefinition } from '../definition.ts'
import { saveVersionsArgs, withoutIndex } from '../index-state/versions.ts'
import { ftDropIndexArgs } from '../redis/commands/ft-drop-index.ts'
import type { CallOptions, RedisPool } from '../redis/redis.ts'
import { retryOnConflict } from '../redis/retry-on-conflict.ts'
import { commitStep } from './commit-step.ts'
import { observeIndex } from './observe-index.ts'

/**
 * Marks the live index for a rebuild with the same definition; the next provisioning builds it. A corrupt vector
 * links an HNSW graph wrongly, and its removal does not repair the links. An index under construction contains the
 * same vectors, so this drops it.
 *
 * @throws AppError REDIS_BUSY
 */
export async function markForRebuild(
  { redis, definition }: { redis: RedisPool; definition: IndexDefinition },
  options?: CallOptions,
): Promise<void> {
  if (definition.vector.algorithm !== 'HNSW') return
  const retry = { purpose: `mark the index ${definition.name} for a rebuild`, ...(options && { options }) }
  await redis.lease((connection) =>
    retryOnConflict(connection, retry, async (commit) => {
      const { live, drift, versions, name } = await observeIndex(connection, definition, options)
      if (live === undefined || drift.length > 0) return 'nothing to mark'
      const unfinished = versions.migration?.to ?? live.name
      const drop = unfinished === live.name ? [] : [ftDropIndexArgs(unfinished)]
      const next = { ...withoutIndex(versions, unfinished), needsRebuild: live.name }
      return commitStep(commit, [...drop, saveVersionsArgs(name, next)])
    }),
  )
}
