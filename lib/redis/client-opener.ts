import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '../errors.ts'
import type { Client } from './client.ts'
import { type OpenSettings, openServer } from './open-server.ts'
import type { Deadline } from './redis.ts'
import type { RedisUrl } from './url.ts'
import { withPassword } from './with-password.ts'

const MIN_BACKOFF_MS = 50
const MAX_BACKOFF_MS = 500

/**
 * After a failed connect, the next attempts wait, each longer than the one before. Without the wait, all environments
 * would load a Redis that is still starting.
 */
export function clientOpener(url: RedisUrl, settings: OpenSettings): (deadline: Deadline) => Promise<Client> {
  let failures = 0
  let nextAttemptAt = 0
  let lastFailure: unknown

  return async function open(deadline) {
    if (nextAttemptAt >= deadline)
      throw new AppError('REDIS_UNAVAILABLE', 'Redis cannot be reached', { cause: lastFailure })
    await delay(Math.max(0, nextAttemptAt - Date.now()))
    try {
      const client = await withPassword(url, deadline, (current) => openServer(current, settings, deadline))
      failures = 0
      return client
    } catch (error) {
      lastFailure = error
      const backoff = Math.min(MIN_BACKOFF_MS * 2 ** failures++, MAX_BACKOFF_MS)
      nextAttemptAt = Date.now() + backoff * (0.5 + Math.random() / 2)
      throw error
    }
  }
}
