import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from 'redis'
import { type Loading, parseInfoLoading } from '../../lib/redis/commands/server.ts'
import type { RedisPool, Reply } from '../../lib/redis/redis.ts'

const ASK_EVERY_MS = 250
const SILENT_SECONDS = 10

/** `Redis is loading its data: 42 %, some 19 s left` */
export function loadingText({ percent, secondsLeft }: Loading): string {
  const rest = secondsLeft === undefined ? '' : `, some ${durationText(secondsLeft)} left`
  return `Redis is loading its data: ${percent.toFixed(0)} %${rest}`
}

/**
 * Tells how far our own Redis is, until the signal. A Redis that loads serves its clients only once in a thousand
 * commands, which with a large graph is every few seconds, so that no answer has a time limit.
 */
export async function tellLoading(
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
      // It does not listen yet, or has ended: its log and its process say so.
      await pause()
      const seconds = Math.floor((performance.now() - heardAt) / 1000)
      if (seconds >= SILENT_SECONDS && !signal.aborted) tell(`Redis says nothing since ${seconds} s`)
    } finally {
      signal.removeEventListener('abort', destroy)
      destroy()
    }
  }
}

/**
 * Waits while a Redis that is not ours loads its data. What else is wrong with it, or that its user may not ask, the
 * next command says.
 */
export async function untilLoaded(
  redis: RedisPool,
  tell: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    for (;;) {
      const loading = await redis.send(['INFO', 'persistence']).then(parseInfoLoading, () => undefined)
      if (loading === undefined) return
      tell(loadingText(loading))
      await sleep(ASK_EVERY_MS, undefined, { signal })
    }
  } finally {
    await redis.close()
  }
}

function pause(): Promise<void> {
  return sleep(ASK_EVERY_MS, undefined, { ref: false })
}

function durationText(seconds: number): string {
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`
}
