import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '../errors.ts'
import type { Client } from './client.ts'
import { type OpenSettings, openServer } from './open-server.ts'
import type { Deadline } from './redis.ts'
import { isWrongPassword } from './server-errors.ts'
import type { RedisUrl } from './url.ts'

const MIN_BACKOFF_MS = 50
const MAX_BACKOFF_MS = 500

/** After a failed connect the next ones wait, longer each time, or everyone at once would hammer a Redis that starts. */
export function clientOpener(url: RedisUrl, settings: OpenSettings): (deadline: Deadline) => Promise<Client> {
  let failures = 0
  let nextAttemptAt = 0

  return async function open(deadline) {
    if (nextAttemptAt >= deadline) throw new AppError('REDIS_UNAVAILABLE', 'Redis cannot be reached')
    await delay(Math.max(0, nextAttemptAt - Date.now()))
    try {
      const client = await openWithPassword(url, deadline, (known) => openServer(known, settings, deadline))
      failures = 0
      return client
    } catch (error) {
      const backoff = Math.min(MIN_BACKOFF_MS * 2 ** failures++, MAX_BACKOFF_MS)
      nextAttemptAt = Date.now() + backoff * (0.5 + Math.random() / 2)
      throw error
    }
  }
}

/** A password that was rotated is read again, without a new deployment. */
async function openWithPassword(
  url: RedisUrl,
  deadline: Deadline,
  open: (url: string) => Promise<Client>,
): Promise<Client> {
  const known = await url.read(deadline)
  try {
    return await open(known)
  } catch (error) {
    if (!isWrongPassword(error)) throw error
    const fresh = await url.reread(deadline)
    if (fresh === known) throw error
    return open(fresh)
  }
}
