import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { singleFlight } from '../../../lib/redis/single-flight.ts'

/** Work that ends in an error at its deadline, unless it is done by then; counts how often it is begun. */
function workOf(ms: number) {
  const begun: number[] = []
  const share = singleFlight(async (deadline) => {
    begun.push(deadline)
    const left = deadline - Date.now()
    await delay(Math.min(ms, left))
    if (left <= ms) throw new Error('the time was up')
    return begun.length
  })
  return { share, begun }
}

describe('shared work', () => {
  it('is begun once for all who ask meanwhile, and anew for who asks later', async () => {
    const { share } = workOf(10)
    const until = Date.now() + 1_000
    expect(await Promise.all([share(until), share(until), share(until + 1)])).toEqual([1, 1, 1])
    expect(await share(until)).toBe(2)
  })

  it('that ran out of time is begun anew by who has more of it, once for all of them', async () => {
    const { share } = workOf(50)
    const now = Date.now()
    const outcomes = await Promise.allSettled([now + 20, now + 1_000, now + 1_000].map(share))
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
    expect(outcomes.slice(1)).toEqual([2, 2].map((value) => ({ status: 'fulfilled', value })))
  })

  it('is awaited no longer than each has time', async () => {
    const { share } = workOf(50)
    const now = Date.now()
    const [first, second] = await Promise.allSettled([share(now + 1_000), share(now + 20)])
    expect(first).toEqual({ status: 'fulfilled', value: 1 })
    expect(second).toMatchObject({ status: 'rejected', reason: { code: 'REDIS_TIMEOUT' } })
  })

  it('that failed before its time was up fails for all', async () => {
    const share = singleFlight(async () => {
      throw new Error('refused')
    })
    const now = Date.now()
    const outcomes = await Promise.allSettled([now + 1_000, now + 5_000].map(share))
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  })
})
