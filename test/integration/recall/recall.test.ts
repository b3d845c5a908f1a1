import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { checkIndex } from '../../../lib/check/check-index.ts'
import { defineIndex, type IndexDefinition } from '../../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { cacheIndexReading } from '../../../lib/index-state/index-reading-cache.ts'
import { indexStatus } from '../../../lib/index-state/index-status.ts'
import { type Recall, saveRecallArgs } from '../../../lib/index-state/recall-store.ts'
import { provisionIndex } from '../../../lib/provisioning/provision-index.ts'
import { type MeasureOptions, measureIndex } from '../../../lib/recall/measure-index.ts'
import { measureRecall } from '../../../lib/recall/measure-recall.ts'
import type { Redis, RedisPool } from '../../../lib/redis/redis.ts'
import { asMap } from '../../../lib/redis/reply.ts'
import type { SearchRequest } from '../../../lib/search/search-request.ts'
import { searchUsers } from '../../../lib/search/search-users.ts'
import { sampleUsers } from '../../../lib/users/sample-users.ts'
import { toBytes } from '../../../lib/vector.ts'
import { bikeShop, store, storeBikeShop } from '../../support/bike-shop.ts'
import { cutShort } from '../../support/cut-short.ts'
import { seeded } from '../../support/random.ts'
import { DIMENSIONS, nearestReaders, queries, readers } from '../../support/readers.ts'
import { useRedis } from '../../support/redis.ts'

/** Its prefix means something to a glob. */
const globby = defineIndex(INDEX_DEFINITION, { prefix: 'u[1]*:' })
const server = useRedis({ others: [globby] })
let redis: RedisPool
beforeAll(() => {
  redis = server.pool()
})
const checker = () => server.pool('check-index')

const real = (vector: object = {}) =>
  defineIndex(INDEX_DEFINITION, { vector: { dimensions: DIMENSIONS, ...vector } })

/** An index over 2,000 real embeddings, and nothing else in the database. */
async function indexReaders(definition: IndexDefinition): Promise<void> {
  await redis.send(['FLUSHALL'])
  await provisionIndex({ redis, definition })
  const users = readers.map(({ id, vector }) => [`user:${id}`, { vector_embedding: Array.from(vector) }])
  await store(redis, Object.fromEntries(users))
}

function measure(definition: IndexDefinition, options: MeasureOptions = {}, on: Redis = checker()) {
  const random = seeded(7)
  return measureRecall(
    { redis: on, definition },
    { random: () => random.between(0, 1), timeMs: 60_000, ...options },
  )
}

function searcher(definition: IndexDefinition, on: Redis = server.pool('search-users')) {
  // The clock stands still: the state of the index is read once.
  const readIndex = cacheIndexReading({ redis: on, definition }, () => 0)
  return (request: Partial<SearchRequest>) =>
    searchUsers({ redis: on, definition, readIndex }, { k: 10, includeVector: false, ...request })
}

const base64 = (vector: Float32Array) => toBytes(vector, 'FLOAT32').toString('base64')

async function recallOfQueries(definition: IndexDefinition, request: Partial<SearchRequest> = {}) {
  const search = searcher(definition)
  let found = 0
  for (const query of queries) {
    const truth = nearestReaders(query, 10)
    const { results } = await search({ vector: base64(query), ...request })
    found += results.filter(({ id }) => truth.includes(id)).length
  }
  return found / (10 * queries.length)
}

/** The same server, saying that there are more documents than there are. */
const withDocuments = (documents: number): Redis => ({
  async send(command, options) {
    const reply = await checker().send(command, options)
    return command[0] === 'FT.INFO' ? { ...asMap(reply), num_docs: documents } : reply
  },
})

const aRecall: Recall = {
  index: 'another',
  at: '2026-01-01T00:00:00.000Z',
  target: 0.99,
  probes: 100,
  efRuntime: 512,
  measured: 0.992,
  group: { efRuntime: 640, measured: 0.991 },
  skipped: null,
}

describe('recall of a well-made graph', () => {
  const definition = real()
  beforeAll(() => indexReaders(definition))

  it('is measured, kept and shown, and leaves EF_RUNTIME at 128', async () => {
    const recall = await measure(definition)
    expect(recall).toMatchObject({ target: 0.99, efRuntime: 128, probes: 100, skipped: null })
    expect(recall?.measured).toBeGreaterThanOrEqual(0.99)
    expect(recall?.group.measured).toBeGreaterThan(0.9)
    const status = await indexStatus({ redis: server.pool('provision-index'), definition })
    expect(status.recall).toEqual(recall)
    expect(status.recall?.index).toBe(status.index)
  })

  it('is not measured when it would hold Redis up, or take too long; what is known stays', async () => {
    const known = await measure(definition)
    const tooMany = await measure(definition, {}, withDocuments(600_000))
    expect(tooMany).toEqual({ ...known, skipped: expect.stringContaining('600000 × 384') })
    const tooLate = await measure(definition, { timeMs: 0 })
    expect(tooLate).toEqual({ ...known, skipped: expect.stringContaining('time was up') })
    expect((await indexStatus({ redis: server.pool('provision-index'), definition })).recall).toEqual(tooLate)
  })

  it('is not measured by answers that Redis cut short', async () => {
    const known = await measure(definition)
    expect(await measure(definition, {}, cutShort(checker()))).toEqual({
      ...known,
      at: expect.any(String),
      skipped: expect.stringContaining('ran out of time'),
    })
  })

  it('ends between two queries when its time is up: the connection is there for what comes after', async () => {
    await redis.lease(async (connection) => {
      const late: Redis = {
        send(command, options) {
          // A connection that waits for a list answers nothing else meanwhile.
          if (command[0] === 'FT.SEARCH') connection.send(['BLPOP', 'nothing', '0.3']).catch(() => {})
          return connection.send(command, options)
        },
      }
      const { index } = await indexStatus({ redis, definition })
      const deps = { redis: late, definition, index: String(index) }
      const recall = await measureIndex(deps, { documents: 2_000, before: null, timeMs: 200 })
      expect(recall).toMatchObject({ measured: null, skipped: expect.stringContaining('time was up') })
      expect(await connection.send(['PING'])).toBe('PONG')
    })
  })

  it('is that of this very index: what was measured on another counts for nothing', async () => {
    await checker().send(saveRecallArgs(definition, aRecall))
    expect((await indexStatus({ redis: server.pool('provision-index'), definition })).recall).toBeNull()
    expect(await measure(definition, { timeMs: 0 })).toMatchObject({ efRuntime: 128, measured: null })
  })

  it('is read with the state of the index, not with every search', async () => {
    const search = searcher(definition)
    await redis.send(['CONFIG', 'RESETSTAT'])
    for (const query of queries.slice(0, 20)) await search({ vector: base64(query) })
    expect(String(await redis.send(['INFO', 'commandstats']))).toMatch(/cmdstat_get:calls=1,/i)
  })
})

describe('recall of a graph with too few edges', () => {
  it('is measured short of the target, raises EF_RUNTIME, and searches then meet it', async () => {
    const definition = real({ m: 6, efConstruction: 20 })
    await indexReaders(definition)
    expect(await recallOfQueries(definition)).toBeLessThan(0.98)
    const recall = await measure(definition)
    expect(recall?.efRuntime).toBeGreaterThan(128)
    expect(recall?.efRuntime).toBeLessThan(1024)
    expect(await recallOfQueries(definition)).toBeGreaterThanOrEqual(0.98)
  })
})

describe('recall of a graph that no EF_RUNTIME mends', () => {
  const definition = real({ m: 2, efConstruction: 10 })
  beforeAll(async () => {
    await indexReaders(definition)
    const recall = await measure(definition)
    expect(recall?.efRuntime).toBe(1024)
    expect(recall?.measured).toBeLessThan(0.9)
  })

  it('is made up for by brute force while that is cheap', async () => {
    expect(await recallOfQueries(definition)).toBeGreaterThanOrEqual(0.999)
  })

  it('is told with each answer of HNSW where brute force is not cheap', async () => {
    const search = searcher(definition, withDocuments(100_000))
    const vector = base64(queries[0] ?? new Float32Array())
    const told = [
      expect.stringMatching(/^HNSW finds 0\.\d+ of the nearest at EF_RUNTIME 1024.*0\.99 is aimed at/),
    ]
    expect(await search({ vector })).toMatchObject({ complete: true, warnings: told })
    expect(await search({ like: ['1', '2'] })).toMatchObject({ complete: true, warnings: told })
    for (const how of [{ exact: true }, { efRuntime: 200 }, { k: 1000, filter: { labels: 'nobody' } }]) {
      expect(await search({ vector, ...how })).toMatchObject({ complete: true, warnings: [] })
    }
  })
})

describe('EF_RUNTIME', () => {
  beforeEach(() => redis.send(['FLUSHALL']))

  it('is what was measured, for groups what was measured for groups, and never below k', async () => {
    await provisionIndex({ redis, definition: bikeShop })
    await storeBikeShop(redis)
    const { index } = await indexStatus({ redis: server.pool('provision-index'), definition: bikeShop })
    await checker().send(saveRecallArgs(bikeShop, { ...aRecall, index: String(index) }))
    const sent: string[] = []
    const many = withDocuments(10_000_000)
    const search = searcher(bikeShop, {
      send(command, options) {
        const text = command.join(' ')
        if (text.startsWith('FT.SEARCH')) sent.push(/ ef (\d+)/.exec(text)?.[1] ?? 'exact')
        return many.send(command, options)
      },
    })
    await search({ user: '1', k: 3 })
    await search({ like: ['1', '2'], k: 2 })
    await search({ user: '1', k: 900 })
    expect(sent).toEqual(['512', '640', '901', 'exact'])
  })
})

describe('there is nothing to measure', () => {
  beforeEach(() => redis.send(['FLUSHALL']))

  it('without an index, and with FLAT, which is exact by itself', async () => {
    expect(await measure(bikeShop)).toBeNull()
    const flat = defineIndex(INDEX_DEFINITION, { vector: { algorithm: 'FLAT' } })
    await provisionIndex({ redis, definition: flat })
    await storeBikeShop(redis)
    expect(await measure(flat)).toBeNull()
  })

  it('of nobody, and of vectors that cancel each other out', async () => {
    await provisionIndex({ redis, definition: bikeShop })
    const skipped = expect.stringContaining('Expected two users or more')
    expect(await measure(bikeShop)).toMatchObject({ measured: null, efRuntime: 128, skipped })
    await store(redis, {
      'user:1': { vector_embedding: [1, 0, 0] },
      'user:2': { vector_embedding: [-1, 0, 0] },
    })
    expect(await measure(bikeShop)).toMatchObject({ measured: null, skipped })
  })
})

describe('the scheduled check', () => {
  it('measures, and logs it as a metric', async () => {
    await redis.send(['FLUSHALL'])
    await provisionIndex({ redis, definition: bikeShop })
    await storeBikeShop(redis)
    const lines: [string, Record<string, unknown> | undefined][] = []
    const write = (message: string, fields?: Record<string, unknown>) => lines.push([message, fields])
    const log = { info: write, warn: write, error: write }
    const { index } = await checkIndex({ redis: checker(), definition: bikeShop, log, maxK: 1000 })
    expect(index.recall).toMatchObject({ measured: 1, group: { measured: 1 } })
    const metrics = {
      index: 'idx:user_prefs',
      Recall: 1,
      EfRuntime: 128,
      GroupRecall: 1,
      GroupEfRuntime: 128,
    }
    expect(lines).toContainEqual(['recall measured', expect.objectContaining({ ...metrics, target: 0.99 })])
  })
})

describe('a sample of users', () => {
  it('holds only users with usable vectors, however many other keys there are', async () => {
    await redis.send(['FLUSHALL'])
    const others = Array.from({ length: 3000 }, (_, i) => [`u1x:${i}`, { vector_embedding: [1, 0, 0] }])
    await store(redis, {
      ...Object.fromEntries(others),
      'u[1]*:a': { vector_embedding: [0.9, 0.7, 0.2] },
      'u[1]*:b': { vector_embedding: [0.7, 0.9, 0.1] },
      'u[1]*:none': {},
      'u[1]*:zero': { vector_embedding: [0, 0, 0] },
    })
    await redis.send(['SET', 'u[1]*:text', 'x'])
    const deps = { redis: checker(), definition: globby }
    const sample = await sampleUsers(deps, 100)
    expect([...sample.keys()].toSorted()).toEqual(['a', 'b'])
    expect((await sampleUsers(deps, 1)).size).toBeGreaterThanOrEqual(1)
  })
})
