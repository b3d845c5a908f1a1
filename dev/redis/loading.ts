import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from 'redis'
import { type Loading, parseInfoLoading } from '../../lib/redis/commands/server.ts'
import type { RedisPool, Reply } from '../../lib/redis/redis.ts'

const POLL_MS = 250
const SILENT_SECONDS = 10

/** `Redis is loading its data: 42 %, some 19 s left` */
export function loadingText({ percent, secondsLeft }: Loading): string {
  const rest = secondsLeft === undefined ? '' : `, some ${durationText(secondsLeft)} left`
  return `Redis is loading its data: ${percent.toFixed(0)} %${rest}`
}

/**
 * Reports the progress of our own Redis, until the signal. A loading Redis only serves its clients once in a thousand
 * commands, which with a large graph is every few seconds. So its answers have no time limit.
 */
export async function reportLoading(
  url: string,
  tell: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let heardAt = performance.now()
  while (!signal.aborted) {
    const client = createClient({ url, socket: { reconnectStrategy: false, connectTimeout: 60_000 } })
    const destroy = () => {
      if (client.isOpen) client.destroy()
    }
    client.on('error', () => {})
    signal.addEventListener('abort', destroy, { once: true })
    try {
      await client.connect()
      while (!signal.aborted) {
        const loading = parseInfoLoading(await client.sendCommand<Reply>(['INFO', 'persistence']))
        heardAt = performance.now()
        if (loading !== undefined && !signal.aborted) tell(loadingText(loading))
        await pause()
      }
    } catch {
      // Redis does not listen yet, or has ended. Its log and its process report that.
      await pause()
      const seconds = Math.floor((performance.now() - heardAt) / 1000)
      if (seconds >= SILENT_SECONDS && !signal.aborted) tell(`Redis has not answered for ${seconds} s`)
    } finally {
      signal.removeEventListener('abort', destroy)
      destroy()
    }
  }
}

/** Waits while a foreign Redis loads its data. Other faults, or a missing right, are reported by the next command. */
export async function waitUntilLoaded(
  redis: RedisPool,
  tell: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    for (;;) {
      const loading = await redis.send(['INFO', 'persistence']).then(parseInfoLoading, () => undefined)
      if (loading === undefined) return
      tell(loadingText(loading))
      await sleep(POLL_MS, undefined, { signal })
    }
  } finally {
    await redis.close()
  }
}

function pause(): Promise<void> {
  return sleep(POLL_MS, undefined, { ref: false })
}

function durationText(seconds: number): string {
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`
}
