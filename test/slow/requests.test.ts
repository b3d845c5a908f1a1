import { beforeAll, describe, expect, it, vi } from 'vitest'
import { provisionIndex } from '../../lib/provisioning/provision-index.ts'
import { bikeShop, storeBikeShop } from '../support/bike-shop.ts'
import { hostileSearches } from '../support/hostile-requests.ts'
import { httpEvent } from '../support/http-event.ts'
import { damageText, mutateJson } from '../support/mutate-json.ts'
import { seeded, testSeed } from '../support/random.ts'
import { useRedis } from '../support/redis.ts'

const context = { getRemainingTimeInMillis: () => 15_000 }
const REQUESTS = 100_000
const AT_ONCE = 50

const random = seeded(testSeed('REQUEST_SEED'))

const VALID = [
  { vector: [0.9, 0.7, 0.2], k: 2 },
  { user: '1', k: 3, filter: { labels: { $in: ['kids', 'road'] }, $not: { descr: { $text: 'bikes' } } } },
  {
    like: ['1', { user: '2', weight: 2 }],
    unlike: [[0.1, 0.2, 0.3]],
    fields: ['labels'],
    includeVector: true,
  },
  { searches: [{ user: '1' }, { vector: 'ZmZmPzMzMz/NzEw+', maxDistance: 0.5, exact: true }] },
]
describe('POST /search', () => {
  const redis = useRedis()
  beforeAll(async () => {
    await provisionIndex({ redis: redis.pool(), definition: bikeShop })
    await storeBikeShop(redis.pool())
    vi.stubEnv('REDIS_URL', redis.urlOf('search-users'))
    vi.stubEnv('LOG_LEVEL', 'CRITICAL')
  })

  async function send(body: string): Promise<{ statusCode: number; body: string }> {
    const { handler } = await import('../../functions/search-users.ts')
    const { statusCode = 0, body: answer = '' } = await handler(httpEvent('POST /search', { body }), context)
    return { statusCode, body: answer }
  }

  it(`answers ${REQUESTS} mutated requests, none with 500 and none at length`, async () => {
    const statuses = new Map<number, number>()
    for (let sent = 0; sent < REQUESTS; sent += AT_ONCE) {
      const bodies = Array.from({ length: AT_ONCE }, () =>
        damageText(random, JSON.stringify(mutateJson(random, random.oneOf(VALID)))),
      )
      const answers = await Promise.all(bodies.map(send))
      for (const [i, { statusCode, body }] of answers.entries()) {
        statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1)
        expect([bodies[i], statusCode >= 500, body.length > 100_000]).toEqual([bodies[i], false, false])
      }
    }
    console.log([...statuses].map(([status, count]) => `${status}: ${count}`).join(', '))
    expect([...statuses.keys()].filter((status) => ![200, 400, 404, 409].includes(status))).toEqual([])
  })

  it('takes ten times as long for ten times as much, whatever it is', async () => {
    // Of the processor, since other processes may have it meanwhile.
    const timeOf = async (body: string) => {
      const took: number[] = []
      for (let i = 0; i < 5; i++) {
        const before = process.cpuUsage()
        await send(body)
        const { user, system } = process.cpuUsage(before)
        took.push((user + system) / 1000)
      }
      return Math.min(...took)
    }
    const small = hostileSearches(90_000)
    const tooLong: string[] = []
    for (const [name, large] of Object.entries(hostileSearches(900_000))) {
      const ratio = (await timeOf(large)) / Math.max(2, await timeOf(small[name] ?? ''))
      if (ratio >= 50) tooLong.push(`${name}: ${ratio.toFixed(0)}`)
    }
    expect(tooLong).toEqual([])
  })
})
