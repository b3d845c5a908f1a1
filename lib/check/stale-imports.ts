import { type NewestOptions, newestHundred } from '../import/newest-imports.ts'
import { isAlive } from '../jobs/liveness.ts'
import type { Redis } from '../redis/redis.ts'

/**
 * Far above the 60 s after which an import counts as dead: until then, it may wait in the queue for its continuation.
 */
const STALE_AFTER_MS = 15 * 60_000

/** The ids of the imports that are RUNNING and have saved no progress for a quarter of an hour. */
export async function findStaleImports(redis: Redis, options?: NewestOptions): Promise<string[]> {
  const imports = await newestHundred(redis, options)
  return imports.filter((one) => one.state === 'RUNNING' && !isAlive(one, STALE_AFTER_MS)).map(({ id }) => id)
}
