import { toAppError } from '../errors.ts'
import type { RedisPool } from '../redis/redis.ts'
import type { Log } from './log.ts'

/** Lambda gives the initialization ten seconds. A Redis that does not answer must not use them up. */
const MAX_MS = 3_000

interface InitializeDeps {
  /** Whether Lambda is loading this process. Elsewhere, nothing may connect before the first call. */
  isLambda: boolean
  log: Log
  setUp: () => { redis: RedisPool }
}

/**
 * Reads the URL and connects to Redis while Lambda initializes the environment, in place of the first request. It waits
 * for the end: with provisioned concurrency, Lambda freezes the environment after the initialization. A failure is no
 * failed cold start: the first request tries again and reports it.
 */
export async function initialize({ isLambda, log, setUp }: InitializeDeps): Promise<void> {
  if (!isLambda) return
  try {
    await setUp().redis.send(['PING'], { deadline: Date.now() + MAX_MS })
  } catch (thrown) {
    const { code, message } = toAppError(thrown)
    log.warn('not connected to Redis before the first request', { code, reason: message })
  }
}
