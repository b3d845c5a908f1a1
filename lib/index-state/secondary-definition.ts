import type { IndexDefinition } from '../definition.ts'
import type { CallOptions } from '../redis/redis.ts'
import { type IndexDeps, readInfo } from './index-status.ts'
import { isSameForm, liveDefinition } from './live-definition.ts'
import { readVersions } from './versions.ts'

/**
 * The secondary definition for dual writes: that of the new version once its backfill has begun, otherwise that of the
 * stored previous version. Returns undefined if there is none, or if it stores users in the same form as the live index.
 */
export async function secondaryDefinition(
  { redis, definition }: IndexDeps,
  live: IndexDefinition,
  options?: CallOptions,
): Promise<IndexDefinition | undefined> {
  const { migration, previous } = await readVersions(redis, definition.name, options)
  if (migration !== null && migration.copy !== null)
    return isSameForm(live, definition) ? undefined : definition
  if (previous === null) return undefined
  const info = await readInfo(redis, previous.index, options)
  if (info === undefined) return undefined
  const other = liveDefinition(definition, info)
  return isSameForm(live, other) ? undefined : other
}
