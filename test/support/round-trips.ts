import { setTimeout as delay } from 'node:timers/promises'
import type { Redis } from '../../lib/redis/redis.ts'

/** Far longer than callers take to send what they send at once. */
const REPLY_AFTER_MS = 30

/**
 * The same Redis, with the names of its commands by round trip. Every reply is held back, so a command that waits for
 * the reply of another one is in a later round trip, and commands that are sent at once are in one.
 */
export function withRoundTrips(redis: Redis): { redis: Redis; trips: string[][] } {
  const trips: string[][] = []
  let isOpen = false
  return {
    trips,
    redis: {
      async send(command, options) {
        if (!isOpen) trips.push([])
        isOpen = true
        trips.at(-1)?.push(String(command[0]))
        const reply = redis.send(command, options)
        await delay(REPLY_AFTER_MS)
        isOpen = false
        return reply
      },
    },
  }
}
