import { beforeEach, describe, expect, it } from 'vitest'
import { defineIndex, indexName } from '../../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { indexStatus } from '../../../lib/index-state/index-status.ts'
import { provisionIndex } from '../../../lib/provisioning/provision-index.ts'
import { ftCreateArgs } from '../../../lib/redis/commands/ft-create.ts'
import type { RedisPool } from '../../../lib/redis/redis.ts'
import { bikeShop, connectTo, store, storeBikeShop } from '../../support/bike-shop.ts'
import { useRedis } from '../../support/redis.ts'

describe('provisioning', () => {
  const server = useRedis()
  let redis: RedisPool
  beforeEach(async () => {
    redis = server.pool()
    await redis.send(['FLUSHALL'])
  })

  const own = () => server.pool('provision-index')
  const provision = (definition = bikeShop) => provisionIndex({ redis: own(), definition })
  const status = (definition = bikeShop) => indexStatus({ redis: own(), definition })
  const indexes = async () => redis.send(['FT._LIST'])

  it('creates the index and names it', async () => {
    expect(await status()).toMatchObject({ state: 'absent', index: null, documents: 0, searchable: 0 })
    expect(await provision()).toMatchObject({
      change: 'created',
      name: 'idx:user_prefs',
      index: indexName(bikeShop),
      state: 'ready',
      percentIndexed: 100,
      drift: [],
    })
    expect(await indexes()).toEqual([indexName(bikeShop)])
  })

  it('twice changes nothing', async () => {
    await provision()
    expect(await provision()).toMatchObject({ change: 'unchanged', state: 'ready' })
  })

  it('is safe when twenty call at once, each over a connection of its own', async () => {
    const pools = Array.from({ length: 20 }, () => connectTo({ url: server.urlOf('provision-index') }))
    const results = await Promise.all(
      pools.map((pool) => provisionIndex({ redis: pool, definition: bikeShop })),
    )
    await Promise.all(pools.map((pool) => pool.close()))
    expect(results.every(({ state, index }) => state === 'ready' && index === indexName(bikeShop))).toBe(true)
    expect(await indexes()).toEqual([indexName(bikeShop)])
  })

  it('goes on where a crash left an index without its name', async () => {
    await redis.send(ftCreateArgs(indexName(bikeShop), bikeShop))
    expect(await provision()).toMatchObject({ change: 'created', state: 'ready' })
    expect(await indexes()).toEqual([indexName(bikeShop)])
  })

  it('tells documents from those that a search can find', async () => {
    await provision()
    await storeBikeShop(redis)
    await store(redis, {
      'user:no-vector': { user: 'x' },
      'user:zero': { vector_embedding: [0, 0, 0] },
      'user:short': { vector_embedding: [1] },
    })
    expect(await status()).toMatchObject({ documents: 6, searchable: 4, failures: 1, state: 'ready' })
  })

  it('says what the server is and what the index weighs', async () => {
    await provision()
    const { server: about, memory } = await status()
    expect(about).toMatchObject({
      redis: server.server.version,
      modules: { search: expect.stringMatching(/^2\.|^8\./) },
    })
    expect(memory).toBeGreaterThan(0)
  })

  it('adopts an index made by hand under our name that is as defined, and never shadows it', async () => {
    await redis.send(ftCreateArgs('idx:user_prefs', bikeShop))
    expect(await provision()).toMatchObject({ change: 'unchanged', state: 'ready', index: 'idx:user_prefs' })
    expect(await indexes()).toEqual(['idx:user_prefs'])
  })

  it('says that an index is being built while it is', async () => {
    const wide = defineIndex(INDEX_DEFINITION, { vector: { dimensions: 256 } })
    const vector = () => Array.from({ length: 256 }, Math.random)
    const users = Array.from({ length: 4000 }, (_, i) =>
      redis.send(['JSON.SET', `user:${i}`, '$', JSON.stringify({ vector_embedding: vector() })]),
    )
    await Promise.all(users)
    const created = await provision(wide)
    expect(created).toMatchObject({ change: 'created', state: 'building' })
    expect(created.percentIndexed).toBeLessThan(100)
    await expect.poll(async () => (await status(wide)).state, { timeout: 20_000 }).toBe('ready')
    expect(await status(wide)).toMatchObject({ documents: 4000, searchable: 4000, percentIndexed: 100 })
  })

  it('never says that more than all is indexed, though users are written while it is', async () => {
    const write = (i: number) =>
      redis.send(['JSON.SET', `user:${i}`, '$', JSON.stringify({ vector_embedding: [1, 2, 3] })])
    const users = Array.from({ length: 8000 }, (_, i) => write(i))
    expect((await provision()).percentIndexed).toBeLessThanOrEqual(100)
    await Promise.all(users)
  })

  it.each([
    [
      'labels.separator',
      { fields: [{ path: '$.labels', alias: 'labels', type: 'TAG', separator: '|' }] },
      ',',
      '|',
    ],
    ['labels.path', { fields: [{ path: '$.tags', alias: 'labels', type: 'TAG' }] }, '$.labels', '$.tags'],
    ['labels.type', { fields: [{ path: '$.labels', alias: 'labels', type: 'TEXT' }] }, 'TAG', 'TEXT'],
    [
      'labels.sortable',
      { fields: [{ path: '$.labels', alias: 'labels', type: 'TAG', sortable: true }] },
      false,
      true,
    ],
    ['descr.type', { fields: [] }, 'TEXT', null],
    [
      'age.type',
      { fields: [...INDEX_DEFINITION.fields, { path: '$.age', alias: 'age', type: 'NUMERIC' }] },
      null,
      'NUMERIC',
    ],
    ['prefix', { prefix: 'customer:' }, 'user:', 'customer:'],
    ['vector.path', { vector: { path: '$.embedding' } }, '$.vector_embedding', '$.embedding'],
    ['vector.dimensions', { vector: { dimensions: 4 } }, 3, 4],
    ['vector.metric', { vector: { metric: 'L2' } }, 'COSINE', 'L2'],
    ['vector.algorithm', { vector: { algorithm: 'FLAT' } }, 'HNSW', 'FLAT'],
    ['vector.m', { vector: { m: 32 } }, 16, 32],
    ['vector.efConstruction', { vector: { efConstruction: 400 } }, 200, 400],
  ])(
    'reports drift of %s, and changes nothing unless it is told to',
    async (field, live, expected, actual) => {
      await provision(defineIndex(INDEX_DEFINITION, live))
      const before = await indexes()
      const result = await provisionIndex({ redis, definition: bikeShop }, { mayBegin: false })
      expect(result).toMatchObject({ change: 'unchanged', state: 'drifted' })
      expect(result.drift).toContainEqual({ field, expected, actual })
      expect(await indexes()).toEqual(before)
    },
  )

  it.each([
    ['labels.flags', { labels: ['CASESENSITIVE'] }, '', 'CASESENSITIVE'],
    ['labels.flags', { labels: ['WITHSUFFIXTRIE', 'INDEXEMPTY'] }, '', 'INDEXEMPTY WITHSUFFIXTRIE'],
    ['labels.flags', { labels: ['SORTABLE', 'NOINDEX'] }, '', 'NOINDEX'],
    ['descr.flags', { descr: ['NOSTEM', 'INDEXMISSING'] }, '', 'INDEXMISSING NOSTEM'],
    ['descr.weight', { descr: ['WEIGHT', '3'] }, 1, 3],
    ['vector.flags', { vector: ['INDEXMISSING'] }, '', 'INDEXMISSING'],
    ['filter', { settings: ['FILTER', '@labels=="road"'] }, null, '@labels=="road"'],
    ['stopwords', { settings: ['STOPWORDS', '2', 'road', 'kids'] }, null, 'kids road'],
    ['stopwords', { settings: ['STOPWORDS', '0'] }, null, ''],
    ['options', { settings: ['NOOFFSETS', 'NOFREQS'] }, '', 'NOFREQS NOHL NOOFFSETS'],
    ['options', { settings: ['NOFIELDS'] }, '', 'NOFIELDS'],
    ['language', { settings: ['LANGUAGE', 'german'] }, null, 'german'],
    ['languageField', { settings: ['LANGUAGE_FIELD', '$.language'] }, null, '$.language'],
    ['score', { settings: ['SCORE', '0.5'] }, 1, 0.5],
    ['scoreField', { settings: ['SCORE_FIELD', '$.score'] }, null, '$.score'],
    ['payloadField', { settings: ['PAYLOAD_FIELD', '$.payload'] }, null, '$.payload'],
  ])('reports drift of %s in an index made by hand with %j', async (field, byHand, expected, actual) => {
    await redis.send(handMade(byHand))
    const { state, drift } = await status()
    expect(state).toBe('drifted')
    expect(drift).toContainEqual({ field, expected, actual })
  })

  it('reports no drift of an index of its own, whatever its fields are', async () => {
    const text = Array.from({ length: 40 }, (_, i) => ({ path: `$.t${i}`, alias: `t${i}`, type: 'TEXT' }))
    const others = ['TAG', 'NUMERIC', 'GEO', 'TEXT'].flatMap((type) =>
      [true, false].map((sortable) => ({ path: `$.${type}`, alias: `${type}_${sortable}`, type, sortable })),
    )
    for (const algorithm of ['HNSW', 'FLAT']) {
      const definition = defineIndex(INDEX_DEFINITION, {
        fields: [...text, ...others],
        vector: { algorithm },
      })
      expect(await provision(definition)).toMatchObject({ state: 'ready', drift: [] })
      await redis.send(['FLUSHALL'])
    }
  })
})

/** FT.CREATE for the bike shop, with more words before SCHEMA or after one of its attributes. */
function handMade(words: { settings?: string[]; descr?: string[]; labels?: string[]; vector?: string[] }) {
  const { settings = [], descr = [], labels = [], vector = [] } = words
  const command = ftCreateArgs(bikeShop.name, bikeShop).map(String)
  command.splice(command.indexOf('SCHEMA'), 0, ...settings)
  command.splice(command.indexOf('TEXT') + 1, 0, ...descr)
  command.splice(command.indexOf('SEPARATOR') + 2, 0, ...labels)
  return [...command, ...vector]
}
