import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { checkIndex } from '../../../lib/check/check-index.ts'
import { defineIndex, type IndexDefinition } from '../../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { cacheIndexReading } from '../../../lib/index-state/index-reading-cache.ts'
import { indexStatus } from '../../../lib/index-state/index-status.ts'
import { type Recall, saveRecallArgs } from '../../../lib/index-state/recall-store.ts'
import type { Metrics } from '../../../lib/lambda/metrics.ts'
import { provisionIndex } from '../../../lib/provisioning/provision-index.ts'
import { measureIfDue } from '../../../lib/recall/measure-if-due.ts'
import { measureIfGrown } from '../../../lib/recall/measure-if-grown.ts'
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
  const users = readers.map(({ id, vector, labels }) => [
    `user:${id}`,
    { labels, vector_embedding: Array.from(vector) },
  ])
  await store(redis, Object.fromEntries(users))
}

function measure(definition: IndexDefinition, options: MeasureOptions = {}, on: Redis = checker()) {
  const random = seeded(7)
  return measureRecall(
    { redis: on, definition },
    { random: () => random.between(0, 1), timeMs: 60_000, ...options },
  )
}

function searcher(
  definition: IndexDefinition,
  on: Redis = server.pool('search-users'),
  { storesQueryVectors = false } = {},
) {
  // The clock stands still, so the state of the index is read once; to keep what is asked, it is read each time.
  let time = 0
  const readIndex = cacheIndexReading({ redis: on, definition }, () => {
    if (storesQueryVectors) time += 60_000
    return time
  })
  return (request: Partial<SearchRequest>) =>
    searchUsers(
      { redis: on, definition, readIndex, storesQueryVectors },
      { k: 10, includeVector: false, ...request },
    )
}

const base64 = (vector: Float32Array) => toBytes(vector, 'FLOAT32').toString('base64')

async function recallOfQueries(
  definition: IndexDefinition,
  request: Partial<SearchRequest> = {},
  on = many(),
) {
  const search = searcher(definition, on)
  let found = 0
  for (const query of queries) {
    const truth = nearestReaders(query, 10)
    const { results } = await search({ vector: base64(query), ...request })
    found += results.filter(({ id }) => truth.includes(id)).length
  }
  return found / (10 * queries.length)
}

/** The same server, saying that there are more documents than there are. */
const withDocuments = (
  documents: number,
  role: 'check-index' | 'search-users' | 'import-users' = 'check-index',
): Redis => ({
  async send(command, options) {
    // The check may not keep what is asked, which is the searcher's.
    const on =
      command[0] === 'SET' && role === 'check-index' && String(command[1]).includes(':asked:')
        ? 'search-users'
        : role
    const reply = await server.pool(on).send(command, options)
    return command[0] === 'FT.INFO' ? { ...asMap(reply), num_docs: documents } : reply
  },
})

const point = (k: number, single: number, group: number) => ({
  k,
  single: { efRuntime: single, measured: 0.992, ms: 0.5 },
  group: { efRuntime: group, measured: 0.991, ms: 0.6 },
  exactMs: 1_000,
  filtered: null,
})
const aRecall: Recall = {
  index: 'another',
  at: '2026-01-01T00:00:00.000Z',
  tookMs: 1_000,
  target: 0.99,
  documents: 10_000_000,
  probes: 100,
  asked: 0,
  curve: [point(10, 512, 640), point(100, 800, 900), point(1_000, 2_560, 3_200)],
  skipped: null,
  lastAttempt: null,
}
/** So many that brute force is not cheap. */
const MANY = 100_000
const many = () => withDocuments(MANY)

describe('recall of a well-made graph', () => {
  const definition = real()
  beforeAll(() => indexReaders(definition))

  it('is measured at k 10, 100 and 1,000, for single queries and groups, saved and shown', async () => {
    const recall = await measure(definition)
    expect(recall).toMatchObject({ target: 0.99, documents: 2_000, probes: 500, skipped: null })
    expect(recall?.curve.map(({ k }) => k)).toEqual([10, 100, 1_000])
    expect(recall?.curve[0]?.single).toMatchObject({ efRuntime: 128 })
    for (const { k, single, group, exactMs, filtered } of recall?.curve ?? []) {
      // RediSearch compares all that pass a filter while they are few.
      expect(filtered?.measured).toBe(1)
      expect(filtered?.exactMs).toBeGreaterThan(0)
      expect(single.measured).toBeGreaterThanOrEqual(0.99)
      expect(group.measured).toBeGreaterThanOrEqual(0.99)
      expect(Math.min(single.efRuntime, group.efRuntime)).toBeGreaterThanOrEqual(k)
      expect(Math.min(single.ms, group.ms, exactMs)).toBeGreaterThan(0)
    }
    const status = await indexStatus({ redis: server.pool('provision-index'), definition })
    expect(status.recall).toEqual(recall)
    expect(status.recall?.index).toBe(status.index)
  })

  it('holds at each k that is asked for', async () => {
    await measure(definition, {}, many())
    const search = searcher(definition, many())
    for (const k of [10, 100, 1_000]) {
      let found = 0
      const asked = queries.slice(0, 20)
      for (const query of asked) {
        const truth = new Set(nearestReaders(query, k))
        const { results, warnings } = await search({ vector: base64(query), k })
        expect(warnings).toEqual([])
        found += results.filter(({ id }) => truth.has(id)).length
      }
      expect(found / (k * asked.length)).toBeGreaterThanOrEqual(0.985)
    }
  }, 60_000)

  it('is not measured when it would hold Redis up, or take too long; what is known stays', async () => {
    const known = await measure(definition)
    const tooMany = await measure(definition, {}, withDocuments(1_100_000))
    const lastAttempt = expect.anything()
    expect(tooMany).toEqual({ ...known, lastAttempt, skipped: expect.stringContaining('1100000 × 384') })
    const tooLate = await measure(definition, { timeMs: 0 })
    expect(tooLate).toEqual({
      ...known,
      lastAttempt,
      skipped: expect.stringContaining('deadline had passed'),
    })
    expect((await indexStatus({ redis: server.pool('provision-index'), definition })).recall).toEqual(tooLate)
  })

  it('is not measured by answers that Redis cut short', async () => {
    const known = await measure(definition)
    expect(await measure(definition, {}, cutShort(checker()))).toEqual({
      ...known,
      at: expect.any(String),
      skipped: expect.stringContaining('truncated'),
      lastAttempt: { at: expect.any(String), tookMs: expect.any(Number) },
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
      expect(recall).toMatchObject({ curve: [], skipped: expect.stringContaining('deadline had passed') })
      expect(await connection.send(['PING'])).toBe('PONG')
    })
  })

  it('is that of this very index: what was measured on another counts for nothing', async () => {
    await checker().send(saveRecallArgs(definition, aRecall))
    expect((await indexStatus({ redis: server.pool('provision-index'), definition })).recall).toBeNull()
    expect(await measure(definition, { timeMs: 0 })).toMatchObject({ curve: [] })
  })

  it('is read with the state of the index, not with every search', async () => {
    const search = searcher(definition)
    await redis.send(['CONFIG', 'RESETSTAT'])
    for (const query of queries.slice(0, 20)) await search({ vector: base64(query) })
    expect(String(await redis.send(['INFO', 'commandstats']))).toMatch(/cmdstat_get:calls=1,/i)
  })

  it('is measured by vectors that were asked for, too, of which no id is kept; by few groups, it is not', async () => {
    const search = searcher(definition, many(), { storesQueryVectors: true })
    // Each takes one of 64 places at random.
    for (const query of queries.slice(0, 60)) await search({ vector: base64(query) })
    for (let group = 0; group < 3; group++) await search({ like: ['1', '2'] })
    const keys = await askedKeys()
    const values = await Promise.all(keys.map((key) => redis.send(['GET', key], { binary: true })))
    const kinds = values.map((value) => (Buffer.isBuffer(value) ? String.fromCharCode(value[0] ?? 0) : ''))
    expect(new Set(kinds)).toEqual(new Set(['s', 'g']))
    for (const [i, key] of keys.entries()) {
      expect(values[i]).toHaveLength(1 + 4 * DIMENSIONS)
      expect(await redis.send(['TTL', key])).toBeGreaterThan(6 * 24 * 3_600)
    }
    const asked = kinds.filter((kind) => kind === 's').length
    expect(await measure(definition)).toMatchObject({ asked })
    await redis.send(['DEL', ...keys])
    await searcher(definition, many())({ vector: base64(queries[0] ?? new Float32Array()) })
    expect(await askedKeys()).toEqual([])
  })
})

async function askedKeys(): Promise<string[]> {
  const keys = await redis.send(['KEYS', 'lookalike:asked:*'])
  return Array.isArray(keys) ? keys.map(String) : []
}

describe('recall of a graph with too few edges', () => {
  it('is measured short of the target, raises EF_RUNTIME, and searches then meet it', async () => {
    const definition = real({ m: 6, efConstruction: 20 })
    await indexReaders(definition)
    expect(await recallOfQueries(definition, { efRuntime: 128 })).toBeLessThan(0.98)
    const recall = await measure(definition, {}, many())
    const [ten] = recall?.curve ?? []
    expect(ten?.single.efRuntime).toBeGreaterThan(128)
    expect(ten?.single.efRuntime).toBeLessThan(1024)
    expect(await recallOfQueries(definition)).toBeGreaterThanOrEqual(0.98)
  }, 60_000)
})

describe('an index that was not measured since it grew', () => {
  const definition = real()
  const vector = base64(queries[0] ?? new Float32Array())
  beforeAll(() => indexReaders(definition))

  it('is searched by brute force while it is small', async () => {
    const sent: string[] = []
    expect(await searcher(definition, watching(sent))({ vector })).toMatchObject({ warnings: [] })
    expect(sent).toEqual(['exact'])
  })

  it('is searched with many candidates and a warning when it is large', async () => {
    const sent: string[] = []
    const search = searcher(definition, watching(sent, many()))
    const told = [expect.stringContaining('has not been measured yet')]
    expect(await search({ vector })).toMatchObject({ complete: true, warnings: told })
    expect(await search({ vector, k: 500 })).toMatchObject({ complete: true, warnings: told })
    expect(sent).toEqual(['512', '1503'])
  })

  it('is measured at the end of an import that filled it or let it grow by half, and not again', async () => {
    const deps = { redis: server.pool('import-users'), definition }
    const grown = (documents: number) => ({ ...deps, redis: withDocuments(documents, 'import-users') })
    expect(await measureIfGrown(grown(2_000), { timeMs: 60_000 })).toBeNull()
    expect(await measureIfGrown(grown(MANY), { timeMs: 60_000 })).toMatchObject({ documents: MANY })
    expect(await measureIfGrown(grown(149_999), { timeMs: 60_000 })).toMatchObject({ documents: MANY })
    expect(await measureIfGrown(grown(150_001), { timeMs: 60_000 })).toMatchObject({ documents: 150_001 })
    expect(await searcher(definition, withDocuments(150_001))({ vector })).toMatchObject({ warnings: [] })
  }, 60_000)
})

/** Brute force takes longer here than HNSW with 4,096 candidates. */
const tooMany = () => withDocuments(1_000_000)

describe('recall of a graph that no EF_RUNTIME mends', () => {
  const definition = real({ m: 2, efConstruction: 10 })
  beforeAll(async () => {
    await indexReaders(definition)
    const recall = await measure(definition, {}, tooMany())
    expect(recall?.curve[0]?.single.efRuntime).toBe(4096)
    expect(recall?.curve[0]?.single.measured).toBeLessThan(0.95)
  })

  it('is made up for by brute force while that is cheap', async () => {
    expect(await recallOfQueries(definition, {}, withDocuments(2_000))).toBeGreaterThanOrEqual(0.999)
  })

  it('is told with each answer of HNSW where brute force is not cheap', async () => {
    const search = searcher(definition, tooMany())
    const vector = base64(queries[0] ?? new Float32Array())
    const told = [
      expect.stringMatching(/^HNSW finds 0\.\d+ of the 10 nearest at EF_RUNTIME 4096.*the target is 0\.99/),
    ]
    expect(await search({ vector, k: 9 })).toMatchObject({ complete: true, warnings: told })
    expect(await search({ like: ['1', '2'], k: 5 })).toMatchObject({
      complete: true,
      warnings: expect.arrayContaining(told),
    })
    for (const how of [{ exact: true }, { efRuntime: 200 }, { k: 900, filter: { labels: 'nobody' } }]) {
      expect(await search({ vector, ...how })).toMatchObject({ complete: true, warnings: [] })
    }
  })
})

describe('EF_RUNTIME', () => {
  beforeEach(() => redis.send(['FLUSHALL']))

  it('is what was measured for the next larger k, for groups what was measured for groups', async () => {
    await provisionIndex({ redis, definition: bikeShop })
    await storeBikeShop(redis)
    const { index } = await indexStatus({ redis: server.pool('provision-index'), definition: bikeShop })
    await checker().send(saveRecallArgs(bikeShop, { ...aRecall, index: String(index) }))
    const sent: string[] = []
    const search = searcher(bikeShop, watching(sent, withDocuments(10_000_000)))
    await search({ user: '1', k: 3 })
    await search({ like: ['1', '2'], k: 2 })
    await search({ user: '1', k: 11 })
    await search({ user: '1', k: 900 })
    expect(sent.filter((one) => one !== 'exact')).toEqual(['512', '640', '800', '2560'])
  })
})

/** Notes the EF_RUNTIME of each search that is sent. */
function watching(sent: string[], on: Redis = server.pool('search-users')): Redis {
  return {
    send(command, options) {
      const text = command.join(' ')
      if (text.includes('KNN')) sent.push(/ ef (\d+)/.exec(text)?.[1] ?? 'exact')
      return on.send(command, options)
    },
  }
}

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
    const skipped = expect.stringContaining('Expected at least two users')
    expect(await measure(bikeShop)).toMatchObject({ curve: [], skipped })
    await store(redis, {
      'user:1': { vector_embedding: [1, 0, 0] },
      'user:2': { vector_embedding: [-1, 0, 0] },
    })
    expect(await measure(bikeShop)).toMatchObject({ curve: [], skipped })
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
    const emitted: unknown[] = []
    const metrics: Metrics = (values, context) => emitted.push({ ...values, ...context?.dimensions })
    const { index } = await checkIndex({ redis: checker(), definition: bikeShop, log, metrics, maxK: 1000 })
    expect(index.recall).toMatchObject({
      curve: [{ k: 10, single: { measured: 1 }, group: { measured: 1 } }],
    })
    const recalls = { Recall: 1, GroupRecall: 1, FilteredRecall: 1 }
    const values = { ...recalls, EfRuntime: 128, GroupEfRuntime: 128 }
    expect(emitted).toContainEqual({ ...values, k: '10' })
    expect(emitted).toContainEqual({ RecallBelowTarget: 0 })
    expect(lines).toContainEqual([
      'recall measured',
      { index: 'idx:user_prefs', k: 10, target: 0.99, ...values },
    ])
  })
})

describe('a measurement by the scheduled check', () => {
  it('takes at most its share of the time, unless the target or the index changed', async () => {
    const definition = real()
    await redis.send(['FLUSHALL'])
    await provisionIndex({ redis, definition })
    await store(redis, {
      'user:1': { vector_embedding: Array.from(readers[0]?.vector ?? []) },
      'user:2': { vector_embedding: Array.from(readers[1]?.vector ?? []) },
    })
    const measureAt = (now: number, target = 0.99) =>
      measureIfDue(
        { redis: checker(), definition: defineIndex(definition, { vector: { recallTarget: target } }) },
        { share: 0.5, now },
      )
    const { recall: first } = await measureAt(0)
    if (first === null) throw new Error('Expected a measurement')
    const due = Date.parse(first.at) + 2 * first.tookMs
    expect(await measureAt(due - 1)).toEqual({ recall: first, isNew: false })
    expect(await measureAt(due)).toMatchObject({ isNew: true })
    expect(await measureAt(0, 0.95)).toMatchObject({ isNew: true, recall: { target: 0.95 } })
    await store(redis, { 'user:3': { vector_embedding: Array.from(readers[2]?.vector ?? []) } })
    await store(redis, { 'user:4': { vector_embedding: Array.from(readers[3]?.vector ?? []) } })
    expect(await measureAt(0, 0.95)).toMatchObject({ isNew: true, recall: { documents: 4 } })
    // An attempt of the check that ran out of time would again. One of an import had less time.
    const saveAttempt = (tookMs: number) =>
      redis.send(
        saveRecallArgs(definition, {
          ...first,
          skipped: 'late',
          lastAttempt: { at: first.at, tookMs },
        }),
      )
    await saveAttempt(90_000)
    expect(await measureAt(Date.parse(first.at) + 179_000)).toMatchObject({ isNew: false })
    expect(await measureAt(Date.parse(first.at) + 180_000)).toMatchObject({ isNew: true })
    await saveAttempt(45_000)
    expect(await measureAt(0)).toMatchObject({ isNew: true, recall: { skipped: null } })
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
