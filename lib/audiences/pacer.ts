import { setTimeout as delay } from 'node:timers/promises'

export interface Pacer {
  /** Makes a call of Redis, and adds its time. */
  run<T>(call: () => Promise<T>): Promise<T>
  /** Waits until the calls since the last rest are at most the share of the time since then. */
  rest(): Promise<void>
  /** Does the work in a rest, which would be idle otherwise. */
  later(work: () => void): void
  /** Does the work for which no rest had time: one piece at least, and others for so long. */
  work(ms: number): void
  /** About how long the work takes that is left; Infinity while no piece was measured, 0 if none is left. */
  readonly backlogMs: number
  /** The time of all calls together. */
  readonly busyMs: number
}

/** A clock may show no time at all for a piece of work. */
const LEAST_MS = 0.0001

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
  const measured = { pieces: 0, ms: 0 }

  function workUntil(time: number, least = 0): void {
    const [startedAt, first] = [performance.now(), done]
    while (done < works.length && (done - first < least || performance.now() < time)) works[done++]?.()
    measured.pieces += done - first
    measured.ms += performance.now() - startedAt
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
    work: (ms) => workUntil(performance.now() + ms, 1),
    get backlogMs() {
      const left = works.length - done
      if (left === 0) return 0
      if (measured.pieces === 0) return Number.POSITIVE_INFINITY
      return left * Math.max(LEAST_MS, measured.ms / measured.pieces)
    },
    get busyMs() {
      return total + busy
    },
  }
}
