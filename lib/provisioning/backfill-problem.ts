import { isAlive } from '../import/import-liveness.ts'
import type { ImportStatus } from '../import/import-report-schema.ts'
import { newestImports } from '../import/newest-imports.ts'
import type { CallOptions, Redis } from '../redis/redis.ts'
import type { IndexObservation } from './observe-index.ts'

const MOST_PAGES = 100

/** Why users must not be copied into another form yet, whoever forces it: searches would show who is gone. null when they may. */
export async function backfillProblem(
  redis: Redis,
  { built, versions, hash, target }: IndexObservation,
  options?: CallOptions,
): Promise<string | null> {
  // Nobody has kept them up to date, and they would stay: who is there is not copied.
  if (built !== undefined && built.documents > 0 && versions.previous?.index !== target) {
    return `Expected nobody under the prefix ${built.settings.prefix}, got ${built.documents} users: delete them, or choose another prefix`
  }
  const isOld = await someImport(redis, (one) => isAlive(one) && one.definition !== hash, options)
  // It was begun before this was deployed, and writes users in the old form alone.
  return isOld ? 'An import under the earlier definition is running: waiting for it' : null
}

/** Looks at the 10,000 newest imports: many short ones may have started after a long one. */
async function someImport(
  redis: Redis,
  predicate: (one: ImportStatus) => boolean,
  options?: CallOptions,
): Promise<boolean> {
  let pages = 0
  for await (const page of newestImports(redis, options)) {
    if (page.some(predicate)) return true
    if (++pages === MOST_PAGES) return false
  }
  return false
}
