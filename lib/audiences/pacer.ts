import { setTimeout as delay } from 'node:timers/promises'

export interface Pacer {
  /** Makes a call of Redis, and adds its time. */
  run<T>(call: () => Promise<T>): Promise<T>
  /** Waits until the calls since the last rest are at most the share of the time since then. */
  rest(): Promise<void>
  /** How long all calls took together. */
  readonly busyMs: number
}

/**
 * Leaves Redis to others for most of the time. The round trip of a call is the most that Redis can have spent on it.
 *
 * @param share of Redis's time, up to 1
 */
export function pacer(share: number): Pacer {
  let total = 0
  let busy = 0
  let since = performance.now()
  return {
    async run(call) {
      const startedAt = performance.now()
      try {
        return await call()
      } finally {
        busy += performance.now() - startedAt
      }
    },
    async rest() {
      const left = since + busy / share - performance.now()
      if (left >= 1) await delay(left)
      total += busy
      busy = 0
      // Unused time is no credit. Otherwise the next calls would come in one burst.
      since = performance.now()
    },
    get busyMs() {
      return total + busy
    },
  }
}
