import type { IndexDefinition } from '../definition.ts'
import type { CallOptions } from '../redis/redis.ts'
import { type IndexDeps, readInfo } from './index-status.ts'
import { isSameForm, liveDefinition } from './live-definition.ts'
import { readVersions } from './versions.ts'

/**
 * The definition of the index that is taking the live one's place, or had it and is kept, when users lie in another form
 * under it than under the live one. Who writes a user now writes him so, too.
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
