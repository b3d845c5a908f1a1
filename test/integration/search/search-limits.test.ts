import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { provisionIndex } from '../../../lib/provisioning/provision-index.ts'
import type { RedisPool } from '../../../lib/redis/redis.ts'
import { LIMITS } from '../../../lib/search/search-request.ts'
import { bikeShop, connectTo, storeBikeShop } from '../../support/bike-shop.ts'
import { httpEvent } from '../../support/http-event.ts'
import { useRedis } from '../../support/redis.ts'

const MAX_K = 50
const MAX_BODY_BYTES = 1024 * 1024
const vector = [0.9, 0.7, 0.2]
const base = { vector, k: 2 }
const times = <T>(count: number, value: T) => Array.from({ length: count }, () => value)

const words = (count: number) => Array.from({ length: count }, (_, i) => `w${i}`).join(' ')

function nested(levels: number): object {
  let filter: object = { labels: 'kids' }
  for (let i = 1; i < levels; i++) filter = { $not: filter }
  return filter
}

/** JSON takes any number of blanks. */
function padded(bytes: number): string {
  return JSON.stringify(base).padEnd(bytes)
}

/** What one request may cost Redis: the largest that is answered, and the smallest that is not. */
const limits: Record<string, { at: object | string; above: object | string; code?: string }> = {
  'k (MAX_K)': { at: { ...base, k: MAX_K }, above: { ...base, k: MAX_K + 1 } },
  efRuntime: {
    at: { ...base, efRuntime: LIMITS.efRuntime },
    above: { ...base, efRuntime: LIMITS.efRuntime + 1 },
  },
  'like, and unlike': {
    at: { like: times(LIMITS.seeds, vector), unlike: times(LIMITS.seeds, '4') },
    above: { like: times(LIMITS.seeds + 1, vector) },
  },
  unlike: {
    at: { like: ['1'], unlike: ['4'] },
    above: { like: ['1'], unlike: times(LIMITS.seeds + 1, '4') },
  },
  weight: {
    at: { like: [{ user: '1', weight: LIMITS.weight }] },
    above: { like: [{ user: '1', weight: LIMITS.weight + 1 }] },
  },
  'values of a filter': {
    at: { ...base, filter: { labels: { $in: times(256, 'kids') } } },
    above: { ...base, filter: { labels: { $in: times(257, 'kids') } } },
    code: 'FILTER_INVALID',
  },
  'words of a filter': {
    at: { ...base, filter: { descr: { $text: words(256) } } },
    above: { ...base, filter: { descr: { $text: words(257) } } },
    code: 'FILTER_INVALID',
  },
  'levels of a filter': {
    at: { ...base, filter: nested(8) },
    above: { ...base, filter: nested(9) },
    code: 'FILTER_INVALID',
  },
  'bytes of a tag': {
    at: { ...base, filter: { labels: 'x'.repeat(4096) } },
    above: { ...base, filter: { labels: 'x'.repeat(4097) } },
    code: 'FILTER_INVALID',
  },
  'a list of fields': {
    at: { ...base, fields: ['descr', 'labels'] },
    above: { ...base, fields: times(1000, 'labels') },
  },
  searches: {
    at: { searches: times(LIMITS.searches, base) },
    above: { searches: times(LIMITS.searches + 1, base) },
  },
  'bytes of a body': {
    at: padded(MAX_BODY_BYTES),
    above: padded(MAX_BODY_BYTES + 1),
    code: 'BODY_TOO_LARGE',
  },
  'brackets within brackets': { at: base, above: `${'['.repeat(500_000)}${']'.repeat(500_000)}` },
  'filters within filters': {
    at: base,
    above: `{"vector":[0.9,0.7,0.2],"filter":${'{"$not":'.repeat(100_000)}1${'}'.repeat(100_000)}}`,
    code: 'FILTER_INVALID',
  },
  dimensions: { at: base, above: { vector: times(100_000, 1) }, code: 'VECTOR_DIMENSIONS' },
}

describe('POST /search has limits:', () => {
  const server = useRedis()
  let redis: RedisPool
  beforeAll(async () => {
    redis = connectTo(server.server)
    await provisionIndex({ redis, definition: bikeShop })
    await storeBikeShop(redis)
    vi.stubEnv('REDIS_URL', server.urlOf('search-users'))
    vi.stubEnv('MAX_K', String(MAX_K))
  })
  afterAll(() => redis.close())

  async function search(body: object | string) {
    const { handler } = await import('../../../functions/search-users.ts')
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const event = httpEvent('POST /search', { body: text })
    const answer = await handler(event, { getRemainingTimeInMillis: () => 15_000 })
    return { status: answer.statusCode, code: JSON.parse(String(answer.body)).code }
  }

  it.each(Object.entries(limits))(
    '%s, and above it nothing is asked of Redis',
    async (_name, { at, above, code = 'REQUEST_INVALID' }) => {
      expect(await search(at)).toEqual({ status: 200 })
      await redis.send(['CONFIG', 'RESETSTAT'])
      expect(await search(above)).toEqual({ status: code === 'BODY_TOO_LARGE' ? 413 : 400, code })
      const commands = String(await redis.send(['INFO', 'commandstats'])).match(/(?<=cmdstat_)[^:]+/g)
      expect(commands?.filter((name) => !['config|resetstat', 'info', 'ping'].includes(name))).toEqual([])
    },
  )

  it('brute force and candidates of all searches of a request together', async () => {
    // 4 users of 3 dimensions are 12 components a search.
    vi.resetModules()
    vi.stubEnv('INDEX_DEFINITION', '{"vector":{"exactComponents":24}}')
    const exact = { ...base, exact: true }
    const costly = { status: 400, code: 'SEARCH_TOO_COSTLY' }
    expect(await search({ searches: times(2, exact) })).toEqual({ status: 200 })
    expect(await search({ searches: times(3, exact) })).toEqual(costly)
    vi.resetModules()
    vi.stubEnv('INDEX_DEFINITION', '{"vector":{"exactComponents":11}}')
    expect(await search(exact)).toEqual(costly)
    // A filter that few users pass is cheap: three of the four have the label.
    expect(await search({ ...exact, filter: { labels: 'kids' } })).toEqual(costly)
    expect(await search({ ...exact, filter: { labels: 'road' } })).toEqual({ status: 200 })
    const wide = { ...base, efRuntime: LIMITS.efRuntime }
    expect(await search({ searches: times(LIMITS.searches, wide) })).toEqual({ status: 200 })
    vi.unstubAllEnvs()
  })
})
