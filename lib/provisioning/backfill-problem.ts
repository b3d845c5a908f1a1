import type { ImportStatus } from '../import/import-report-schema.ts'
import { newestImports } from '../import/newest-imports.ts'
import { isAlive } from '../jobs/liveness.ts'
import type { CallOptions, Redis } from '../redis/redis.ts'
import type { IndexObservation } from './observe-index.ts'

const MAX_PAGES = 100

/**
 * Why the backfill must not begin yet, not even with `force`: searches would find deleted users. null if it may
 * begin.
 */
export async function findBackfillProblem(
  redis: Redis,
  { built, versions, hash, target }: IndexObservation,
  options?: CallOptions,
): Promise<string | null> {
  // Users that are already under the new prefix got no dual writes, and the backfill skips them: they would stay
  // outdated.
  if (built !== undefined && built.documents > 0 && versions.previous?.index !== target) {
    return `Expected no users under the prefix ${built.settings.prefix}, got ${built.documents}: delete them, or choose another prefix`
  }
  const isOutdatedRunning = await hasImport(redis, (one) => isAlive(one) && one.definition !== hash, options)
  // An import that began before this deployment writes users only for the earlier definition.
  return isOutdatedRunning
    ? 'Expected no running import of the earlier definition, got one: the change waits for its end'
    : null
}

/** Looks at the 10,000 newest imports: many short ones may have started after a long one. */
async function hasImport(
  redis: Redis,
  predicate: (one: ImportStatus) => boolean,
  options?: CallOptions,
): Promise<boolean> {
  let pages = 0
  for await (const page of newestImports(redis, options)) {
    if (page.some(predicate)) return true
    if (++pages === MAX_PAGES) return false
  }
  return false
}
