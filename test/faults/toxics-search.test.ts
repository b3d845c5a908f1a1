import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { provisionIndex } from '../../lib/provisioning/provision-index.ts'
import { bikeShop, connectTo, storeBikeShop } from '../support/bike-shop.ts'
import { distribution } from '../support/distribution.ts'
import { useRedis } from '../support/redis.ts'
import { BUDGET_MS, proxyTo, type Searched, startSearch } from '../support/search-environment.ts'
import type { ToxicProxy } from '../support/toxic-proxy.ts'
import { unansweredPort } from '../support/unanswered-port.ts'

const SLACK_MS = 100
const query = { vector: [0.9, 0.7, 0.2], k: 2 }
const anAnswer = ['1', '2']
const aCleanError = expect.stringMatching(/^REDIS_/)

const troubles: Record<string, { switchOn: (proxy: ToxicProxy) => Promise<unknown>; leadsTo: unknown }> = {
  'latency of 20 ± 10 ms': {
    switchOn: (proxy) => proxy.toxic('latency', { latency: 20, jitter: 10 }),
    leadsTo: anAnswer,
  },
  'latency of 5 s': {
    switchOn: (proxy) => proxy.toxic('latency', { latency: 5_000 }, { stream: 'downstream' }),
    leadsTo: aCleanError,
  },
  down: { switchOn: (proxy) => proxy.toxic('down', {}), leadsTo: aCleanError },
  'bandwidth of 100 KB/s': {
    switchOn: (proxy) => proxy.toxic('bandwidth', { rate: 100 }),
    leadsTo: anAnswer,
  },
  'bandwidth of 100 bytes/s': {
    switchOn: (proxy) => proxy.toxic('bandwidth', { rate: 0.1 }),
    leadsTo: aCleanError,
  },
  'timeout 0, a black hole': {
    switchOn: (proxy) => proxy.toxic('timeout', { timeout: 0 }),
    leadsTo: aCleanError,
  },
  'timeout of 300 ms': {
    switchOn: (proxy) => proxy.toxic('timeout', { timeout: 300 }),
    leadsTo: aCleanError,
  },
  reset_peer: { switchOn: (proxy) => proxy.toxic('reset_peer', { timeout: 0 }), leadsTo: aCleanError },
  'slicer, byte by byte': {
    switchOn: (proxy) => proxy.toxic('slicer', { average_size: 1 }),
    leadsTo: anAnswer,
  },
  'slicer with pauses': {
    switchOn: (proxy) => proxy.toxic('slicer', { average_size: 100, size_variation: 50, delay: 500 }),
    leadsTo: anAnswer,
  },
  'limit_data of 100 bytes': {
    switchOn: (proxy) => proxy.toxic('limit_data', { bytes: 100 }, { stream: 'downstream' }),
    leadsTo: aCleanError,
  },
}

describe('a search', () => {
  const redis = useRedis()
  beforeAll(async () => {
    const admin = connectTo(redis.server)
    await provisionIndex({ redis: admin, definition: bikeShop })
    await storeBikeShop(admin)
    await admin.close()
  })

  /** A warm environment behind a proxy. */
  async function setUp() {
    const { proxy, url } = await proxyTo({ url: redis.urlOf('search-users') })
    const { search } = await startSearch({ REDIS_URL: url })
    expect((await search(query)).outcome).toEqual(anAnswer)
    return { proxy, search: () => search(query) }
  }

  it.each(Object.entries(troubles))(
    'ends in time under %s, and is well at once after it',
    async (_name, trouble) => {
      const { proxy, search } = await setUp()
      await trouble.switchOn(proxy)
      for (let i = 0; i < 3; i++) await expectInTime(search, trouble.leadsTo)
      await proxy.clear()
      await expectWell(search)
      await expect.poll(proxy.connections).toBe(1)
    },
  )

  it('ends in time under slow_close: when Redis has closed, and the end is held back', async () => {
    const { proxy, search } = await setUp()
    const admin = connectTo(redis.server)
    await proxy.toxic('slow_close', { delay: 10_000 })
    for (let i = 0; i < 3; i++) {
      await admin.send(['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'])
      await expectInTime(search, aCleanError)
      await expectInTime(search, anAnswer)
    }
    await proxy.clear()
    await expectWell(search)
    await admin.close()
  })

  it('ends in time when nobody answers a connect at all', async () => {
    const url = new URL(redis.urlOf('search-users'))
    url.port = String(await unansweredPort())
    const { search } = await startSearch({ REDIS_URL: url.href })
    for (let i = 0; i < 3; i++) await expectInTime(() => search(query), aCleanError)
  })

  it('waits 5 s at most, however much time the invocation has', async () => {
    const { proxy, url } = await proxyTo({ url: redis.urlOf('search-users') })
    const { search } = await startSearch({ REDIS_URL: url })
    await search(query)
    await proxy.toxic('timeout', { timeout: 0 })
    const { outcome, ms } = await search(query, { timeoutMs: 15_000 })
    expect(outcome).toEqual(aCleanError)
    expect(ms).toBeGreaterThan(200)
    expect(ms).toBeLessThan(5_000 + SLACK_MS)
  })

  it('asks nobody when no time is left', async () => {
    const { url } = await proxyTo({ url: redis.urlOf('search-users') })
    const { search } = await startSearch({ REDIS_URL: url })
    await search(query)
    const { outcome, ms } = await search(query, { timeoutMs: 400 })
    expect(outcome).toBe('REDIS_TIMEOUT')
    expect(ms).toBeLessThan(SLACK_MS)
  })
})

const times: number[] = []
afterAll(() => console.log(`answers within a deadline of ${BUDGET_MS} ms: ${distribution(times)}`))

async function expectInTime(search: () => Promise<Searched>, expected: unknown): Promise<void> {
  const { outcome, ms } = await search()
  times.push(ms)
  expect(outcome).toEqual(expected)
  expect(ms).toBeLessThan(BUDGET_MS + SLACK_MS)
}

/** The first call after a trouble may still find out about it; the second is as if nothing had been. */
async function expectWell(search: () => Promise<Searched>): Promise<void> {
  await expectInTime(search, anAnswer)
  const { outcome, ms } = await search()
  expect(outcome).toEqual(anAnswer)
  expect(ms).toBeLessThan(SLACK_MS)
}
