import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { handler } from '../../../functions/search-users.ts'
import { defineIndex, type IndexDefinition } from '../../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { cacheIndexReading } from '../../../lib/index-state/index-reading-cache.ts'
import { indexStatus } from '../../../lib/index-state/index-status.ts'
import { provisionIndex } from '../../../lib/provisioning/provision-index.ts'
import type { Redis, RedisPool } from '../../../lib/redis/redis.ts'
import { asMap } from '../../../lib/redis/reply.ts'
import type { SearchRequest } from '../../../lib/search/search-request.ts'
import { searchUsers } from '../../../lib/search/search-users.ts'
import { store } from '../../support/bike-shop.ts'
import { httpEvent } from '../../support/http-event.ts'
import { seeded } from '../../support/random.ts'
import { useRedis } from '../../support/redis.ts'

const DIMENSIONS = 8
const hnsw = defineIndex(INDEX_DEFINITION, { vector: { dimensions: DIMENSIONS } })
const flat = defineIndex(INDEX_DEFINITION, { vector: { dimensions: DIMENSIONS, algorithm: 'FLAT' } })
const random = seeded(3)
const anyVector = () => Array.from({ length: DIMENSIONS }, () => random.between(-1, 1))
const vectors = Array.from({ length: 1000 }, anyVector)
const nobody = Array.from({ length: DIMENSIONS }, () => 0)

describe('Redis accepts without a word, and a search tells or mends:', () => {
  const server = useRedis({ args: ['--enable-debug-command', 'local'] })
  let redis: RedisPool
  beforeEach(async () => {
    redis = server.pool()
    await redis.send(['FLUSHALL'])
  })

  const searchDeps = (definition: IndexDefinition) => {
    const deps = { redis: server.pool('search-users'), definition }
    return { ...deps, readIndex: cacheIndexReading(deps) }
  }
  const search = (request: Partial<SearchRequest>, definition = hnsw) =>
    searchUsers(searchDeps(definition), { k: 10, includeVector: false, ...request })

  async function storeUsers(count: number, extra: (i: number) => object = () => ({})) {
    const users = Array.from({ length: count }, (_, i) => [
      `user:${i}`,
      { vector_embedding: vectors[i] ?? anyVector(), ...extra(i) },
    ])
    await store(redis, Object.fromEntries(users))
  }

  it.each([
    ['a zero vector', 'HNSW', nobody, hnsw],
    ['a vector that overflows float32', 'HNSW', nobody.with(0, 1e39), hnsw],
    ['a zero vector', 'FLAT', nobody, flat],
  ])(
    '%s in a graph of %s, stored first, hides nobody, and whatever it touches says so',
    async (_, __, vector, definition) => {
      await provisionIndex({ redis, definition })
      await store(redis, { 'user:poison': { vector_embedding: vector } })
      await storeUsers(1000)
      // Brute force, which answers for so few users by default, does not touch the graph.
      const how = definition === hnsw ? { efRuntime: 128 } : {}
      const answers = await Promise.all(
        vectors.map((own) => search({ vector: own, k: 3, ...how }, definition)),
      )
      expect(answers.map(({ results }) => results[0]?.id)).toEqual(vectors.map((_, i) => String(i)))
      expect(answers.filter(({ results }) => results.length !== 3)).toEqual([])
      expect(answers.filter(({ complete }) => !complete).length).toBeGreaterThan(0)
    },
  )

  it('a union of more than 20 parts of which one is a negation, by which RediSearch loses users', async () => {
    const pick = () => `w${Math.floor(random.between(0, 60))}`
    const labels = Array.from({ length: 300 }, () => [pick(), pick()])
    await provisionIndex({ redis, definition: hnsw })
    await storeUsers(300, (i) => ({ labels: labels[i]?.join(',') }))
    for (let i = 0; i < 20; i++) {
      const any = Array.from({ length: 24 }, pick)
      const [absent, other] = [pick(), pick()]
      const wide = any.map((label) => ({ labels: label }))
      const without = { $not: { $and: [{ labels: absent }, { labels: other }] } }
      const isWanted = (own: string[]) =>
        own.some((label) => any.includes(label)) || !(own.includes(absent) && own.includes(other))
      const isWithout = (own: string[]) => own.some((label) => any.includes(label)) || !own.includes(absent)
      const cases = [
        { filter: { $or: [...wide, { $not: { labels: absent } }] }, isFound: isWithout },
        { filter: { $or: [{ $or: wide }, { $not: { labels: absent } }] }, isFound: isWithout },
        { filter: { $not: { $or: [...wide, without] } }, isFound: (own: string[]) => !isWanted(own) },
      ]
      for (const { filter, isFound } of cases) {
        const { results } = await search({ vector: vectors[0], k: 300, filter })
        const wanted = labels.flatMap((own, at) => (isFound(own) ? [String(at)] : []))
        expect(results.map(({ id }) => id).sort()).toEqual(wanted.sort())
      }
    }
  })

  it('a union of 250 negations, which the parser refuses where they are nested too deep', async () => {
    await provisionIndex({ redis, definition: hnsw })
    await storeUsers(20, (i) => ({ labels: `w${i}` }))
    const negations = Array.from({ length: 250 }, (_, i) => ({ $not: { labels: `w${i % 2}` } }))
    const { results } = await search({ vector: vectors[0], k: 20, filter: { $or: negations } })
    expect(results).toHaveLength(20)
  })

  it('two negations in an intersection in a union, by which RediSearch loses users', async () => {
    const pick = () => `w${random.below(12)}`
    const labels = Array.from({ length: 300 }, () => [pick(), pick()])
    await provisionIndex({ redis, definition: hnsw })
    await storeUsers(300, (i) => ({ labels: labels[i]?.join(',') }))
    for (let i = 0; i < 60; i++) {
      const [a, b, c, d] = [pick(), pick(), pick(), pick()]
      const neither = { $and: [{ $not: { labels: b } }, { $not: { labels: c } }] }
      const filter = { $and: [{ $not: { labels: a } }, { $or: [{ labels: d }, neither] }] }
      const { results } = await search({ vector: vectors[0], k: 300, filter })
      const has = (own: string[], label: string) => own.includes(label)
      const isFound = (own: string[]) => !has(own, a) && (has(own, d) || !(has(own, b) || has(own, c)))
      const wanted = labels.flatMap((own, at) => (isFound(own) ? [String(at)] : []))
      expect(results.map(({ id }) => id).sort(), JSON.stringify(filter)).toEqual(wanted.sort())
    }
  })

  it('a negation of a negation and of a value that no user has, by which RediSearch loses users', async () => {
    const pick = () => `w${random.below(8)}`
    const labels = Array.from({ length: 300 }, () => [pick(), pick()])
    await provisionIndex({ redis, definition: hnsw })
    await storeUsers(300, (i) => ({ labels: labels[i]?.join(',') }))
    for (let i = 0; i < 30; i++) {
      // RediSearch estimates that they match more users than there are, and so reads the negation first.
      const many = Array.from({ length: 8 }, pick)
      const without = [pick(), pick(), pick()]
      const lacksOne = { $or: without.map((label) => ({ $not: { labels: label } })) }
      const inner = { $not: { $or: [{ $not: lacksOne }, { labels: 'absent' }] } }
      const filter = { $and: [{ $or: many.map((label) => ({ labels: label })) }, inner] }
      const { results } = await search({ vector: vectors[0], k: 300, filter })
      const isFound = (own: string[]) =>
        many.some((label) => own.includes(label)) && without.some((label) => !own.includes(label))
      const wanted = labels.flatMap((own, at) => (isFound(own) ? [String(at)] : []))
      expect(results.map(({ id }) => id).sort(), JSON.stringify(filter)).toEqual(wanted.sort())
    }
  })

  it('a value that no user has, in two unions of an intersection, by which RediSearch finds nobody', async () => {
    await provisionIndex({ redis, definition: hnsw })
    await storeUsers(30, (i) => ({ labels: i % 3 === 0 ? 'kids' : 'road' }))
    const either = { $or: [{ labels: 'kids' }, { $and: [{ labels: 'road' }, { labels: 'absent' }] }] }
    const found = async (filter: object) =>
      (await search({ vector: vectors[0], k: 30, filter })).results.length
    expect(await found({ $and: [either, either] })).toBe(10)
    expect(await found({ $and: [either, { $not: { labels: 'road' } }, either] })).toBe(10)
    expect(await found({ $or: [{ $and: [either, either] }, { labels: 'absent' }] })).toBe(10)
  })

  it('a word in a text that a filter of everyone has looked for the absence of', async () => {
    await provisionIndex({ redis, definition: hnsw })
    await storeUsers(12, () => ({ descr: '__nobody__ nobody' }))
    const found = async (request: Partial<SearchRequest>) => (await search(request)).results.length
    expect(await found({ vector: vectors[0], k: 12, exact: true })).toBe(12)
    expect(await found({ like: [vectors[0] ?? [], vectors[1] ?? []], k: 12 })).toBe(12)
    expect(await indexStatus({ redis, definition: hnsw })).toMatchObject({ searchable: 12 })
  })

  it('a document without a vector, which costs nobody a place', async () => {
    await provisionIndex({ redis, definition: hnsw })
    await store(redis, { 'user:none': { labels: 'kids' }, 'user:null': { vector_embedding: null } })
    await storeUsers(20)
    for (const how of [{}, { exact: true }]) {
      const { results, complete } = await search({ vector: vectors[0], k: 22, ...how })
      expect({ found: results.length, complete }).toEqual({ found: 20, complete: true })
    }
  })

  it('a bad vector over a good one, by which a user is lost to searches', async () => {
    await provisionIndex({ redis, definition: hnsw })
    await storeUsers(5)
    await store(redis, { 'user:0': { vector_embedding: [1, 2] } })
    expect((await search({ vector: vectors[0] })).results.map(({ id }) => id)).not.toContain('0')
    await expect(search({ user: '0' })).rejects.toThrow(
      expect.objectContaining({ code: 'USER_NOT_SEARCHABLE' }),
    )
  })

  it('a user who expires, whose place goes to the next', async () => {
    await provisionIndex({ redis, definition: hnsw })
    await storeUsers(30)
    await redis.send(['DEBUG', 'SET-ACTIVE-EXPIRE', '0'])
    for (const [i, how] of [{}, { exact: true }, { efRuntime: 10 }].entries()) {
      await redis.send(['PEXPIRE', `user:${i}`, '1'])
      await delay(5)
      const { results, complete } = await search({ vector: vectors[i], ...how })
      expect({ found: results.length, complete }).toEqual({ found: 10, complete: true })
      expect(results.map(({ id }) => id)).not.toContain(String(i))
    }
  })

  it('an index without a SEPARATOR, for which "kids, road" is one tag', async () => {
    await redis.send(
      `FT.CREATE idx:user_prefs ON JSON PREFIX 1 user: SCHEMA $.descr AS descr TEXT $.labels AS labels TAG
       $.vector_embedding AS vector VECTOR HNSW 10 TYPE FLOAT32 DIM 8 DISTANCE_METRIC COSINE M 16
       EF_CONSTRUCTION 200`.split(/\s+/),
    )
    await storeUsers(3, () => ({ labels: 'kids, road' }))
    const { results, complete, warnings } = await search({ vector: vectors[0], filter: { labels: 'road' } })
    expect({ results, complete }).toEqual({ results: [], complete: false })
    expect(warnings).toEqual(['The index differs from its definition: labels.separator'])
  })

  it('an index whose build ran out of memory, as newer servers tell in FT.INFO', async () => {
    await provisionIndex({ redis, definition: hnsw })
    await storeUsers(3)
    const { redis: searcher, definition } = searchDeps(hnsw)
    const outOfMemory: Redis = {
      async send(command, options) {
        const reply = await searcher.send(command, options)
        if (command[0] !== 'FT.INFO') return reply
        return { ...asMap(reply), 'Index Errors': { 'background indexing status': 'OOM failure' } }
      },
    }
    const deps = { redis: outOfMemory, definition }
    const request = { vector: vectors[0], k: 3, includeVector: false }
    const answer = await searchUsers({ ...deps, readIndex: cacheIndexReading(deps) }, request)
    expect(answer).toMatchObject({ complete: false, index: { state: 'partial' } })
    expect(answer.warnings).toEqual([expect.stringContaining('The index is partial')])
  })

  it('a filter that few of many pass, all of whom are found, and exactly k of more', async () => {
    await provisionIndex({ redis, definition: hnsw })
    await storeUsers(1000, (i) => ({ labels: i % 150 === 0 ? 'few, some' : i % 10 === 0 ? 'some' : 'most' }))
    for (const [labels, found] of [
      ['few', 7],
      ['some', 10],
      ['most', 10],
      ['nobody', 0],
    ] as const) {
      const ids = async (how: object) =>
        (await search({ vector: vectors[1], filter: { labels }, ...how })).results.map(({ id }) => id)
      expect(await ids({})).toHaveLength(found)
      expect(await ids({})).toEqual(await ids({ exact: true }))
    }
  })

  it('a search that takes longer than the server lets it', async () => {
    await provisionIndex({ redis, definition: hnsw })
    await storeUsers(12_000)
    await redis.send(['FT.CONFIG', 'SET', 'TIMEOUT', '1'])
    const { complete, warnings } = await search({ vector: vectors[0], k: 10_000, efRuntime: 128 })
    await redis.send(['FT.CONFIG', 'SET', 'TIMEOUT', '500'])
    expect(complete).toBe(false)
    expect(warnings).toEqual(['Redis: Timeout limit was reached'])
  })

  it('brute force over FLAT that takes longer than the server lets it, and answers all the same', async () => {
    await provisionIndex({ redis, definition: flat })
    await storeUsers(12_000)
    await redis.send(['FT.CONFIG', 'SET', 'TIMEOUT', '1'])
    const { results, complete } = await search({ vector: vectors[0], k: 10_000 }, flat)
    await redis.send(['FT.CONFIG', 'SET', 'TIMEOUT', '500'])
    expect({ found: results.length, complete }).toEqual({ found: 10_000, complete: true })
  })
})

describe('what a request may ask for', () => {
  // Nobody listens at port 1: what reaches for Redis is a 503.
  beforeAll(() => {
    vi.stubEnv('REDIS_URL', 'redis://127.0.0.1:1')
  })
  afterAll(() => vi.unstubAllEnvs())

  const vector = [0.9, 0.7, 0.2]
  const status = async (body: string) => {
    const event = httpEvent('POST /search', { body })
    const { statusCode } = await handler(event, { getRemainingTimeInMillis: () => 5_000 })
    return statusCode
  }

  it.each([
    [{ like: ['1', 7] }, 'like[1]'],
    [{ like: ['1', [1, 2]] }, 'like[1]'],
    [{ like: ['1'], unlike: [{ vector: [1, 2] }] }, 'unlike[0].vector'],
    [{ searches: [{ vector }, { vector, k: 0 }] }, 'searches[1].k'],
    [{ searches: [{ vector }, { like: ['1', [1, 2]] }] }, 'searches[1].like[1]'],
  ])('names the place in one notation, whoever judges: %j', async (body, path) => {
    const event = httpEvent('POST /search', { body: JSON.stringify(body) })
    const { body: answer = '' } = await handler(event, { getRemainingTimeInMillis: () => 5_000 })
    expect(JSON.parse(answer).errors).toEqual([{ path, message: expect.any(String) }])
  })

  it('is judged before Redis is asked', async () => {
    expect(await status(JSON.stringify({ vector }))).toBe(503)
    const tags = (count: number) => Array.from({ length: count }, (_, i) => `tag${i}`)
    const wrong = [
      { vector, k: 0 },
      { vector, k: -1 },
      { vector, k: 1e11 },
      { vector, efRuntime: 0 },
      { vector, efRuntime: 4097 },
      { vector, filter: {} },
      { vector, filter: { labels: { $in: tags(257) } } },
      { vector, filter: { labels: [] } },
      { vector, filter: { lables: 'kids' } },
      { vector: [0, 0, 0] },
      { vector: [1, 2] },
      { vector: [1e39, 0, 0] },
      { vector: 'AAAA' },
      { like: tags(101) },
      { searches: Array.from({ length: 21 }, () => ({ vector })) },
      { searches: [{ vector }, { vector, k: 1001 }] },
    ]
    for (const body of wrong) expect(await status(JSON.stringify(body)), JSON.stringify(body)).toBe(400)
    expect(await status(`{"vector": [${'0.1,'.repeat(300_000)}1]}`)).toBe(413)
  })
})
