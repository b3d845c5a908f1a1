import { setTimeout as delay } from 'node:timers/promises'

export interface Pacer {
  /** Makes a call of Redis, and adds its time. */
  run<T>(call: () => Promise<T>): Promise<T>
  /** Waits until the calls since the last rest are at most the share of the time since then. */
  rest(): Promise<void>
  /** Does the work in a rest, which would be idle otherwise. */
  later(work: () => void): void
  /** Does the work for which no rest had time. */
  finish(): void
  /** The time of all calls together. */
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
  let works: (() => void)[] = []
  let done = 0

  function workUntil(time: number): void {
    while (done < works.length && performance.now() < time) works[done++]?.()
    if (done < works.length) return
    works = []
    done = 0
  }

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
      const until = since + busy / share
      workUntil(until)
      const left = until - performance.now()
      if (left >= 1) await delay(left)
      total += busy
      busy = 0
      // Unused time is no credit. Otherwise the next calls would come in one burst.
      since = performance.now()
    },
    later: (work) => void works.push(work),
    finish: () => workUntil(Number.POSITIVE_INFINITY),
    get busyMs() {
      return total + busy
    },
  }
}
