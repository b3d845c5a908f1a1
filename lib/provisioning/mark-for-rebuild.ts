import type { IndexDefinition } from '../definition.ts'
import { saveVersionsArgs, without } from '../index-state/versions.ts'
import { ftDropIndexArgs } from '../redis/commands/ft-drop-index.ts'
import type { CallOptions, RedisPool } from '../redis/redis.ts'
import { retryOnConflict } from '../redis/retry-on-conflict.ts'
import { commitStep } from './commit-step.ts'
import { observeIndex } from './observe-index.ts'

/**
 * Marks the live index for a rebuild with the same definition; the next provisioning builds it. A vector without a
 * direction links an HNSW graph wrongly, and its removal does not mend the links. An index that is being built in the
 * live one's place holds the same vectors, so it is dropped.
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
      const begun = versions.migration?.to ?? live.name
      const drop = begun === live.name ? [] : [ftDropIndexArgs(begun)]
      const next = { ...without(versions, begun), needsRebuild: live.name }
      return commitStep(commit, [...drop, saveVersionsArgs(name, next)])
    }),
  )
}
