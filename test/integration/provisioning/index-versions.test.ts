import { beforeEach, describe, expect, it } from 'vitest'
import { defineIndex, indexName } from '../../../lib/definition.ts'
import { AppError } from '../../../lib/errors.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { indexStatus } from '../../../lib/index-state/index-status.ts'
import { versionsKey } from '../../../lib/index-state/versions.ts'
import { planIndex } from '../../../lib/provisioning/plan-index.ts'
import { type ProvisionOptions, provisionIndex } from '../../../lib/provisioning/provision-index.ts'
import { rollBackIndex } from '../../../lib/provisioning/roll-back-index.ts'
import { ftCreateArgs } from '../../../lib/redis/commands/ft-create.ts'
import type { RedisPool } from '../../../lib/redis/redis.ts'
import { bikeShop, connectTo, store, storeBikeShop } from '../../support/bike-shop.ts'
import { cutShort } from '../../support/cut-short.ts'
import { useRedis } from '../../support/redis.ts'

const l2 = defineIndex(INDEX_DEFINITION, { vector: { metric: 'L2' } })
/** Who has a text for an age does not fit it, and while there is such a user the change waits. */
const aged = defineIndex(INDEX_DEFINITION, {
  fields: [...INDEX_DEFINITION.fields, { path: '$.age', alias: 'age', type: 'NUMERIC' }],
})
const wider = defineIndex(INDEX_DEFINITION, { vector: { dimensions: 4 } })
const PATIENCE_MS = 20_000

describe('a changed definition', () => {
  const server = useRedis()
  let redis: RedisPool
  beforeEach(async () => {
    redis = server.pool()
    await redis.send(['FLUSHALL'])
    await provisionIndex({ redis: own(), definition: bikeShop })
    await storeBikeShop(redis)
  })

  /** As the function connects. */
  const own = () => server.pool('provision-index')
  const provision = (definition = l2, options: ProvisionOptions = {}) =>
    provisionIndex({ redis: own(), definition }, { waitUntil: Date.now() + PATIENCE_MS, ...options })
  const status = (definition = l2) => indexStatus({ redis: own(), definition })
  const indexes = async () => ((await redis.send(['FT._LIST'])) as string[]).toSorted()
  const rollBack = (definition = l2) => rollBackIndex({ redis: own(), definition })
  const both = [indexName(bikeShop), indexName(l2)].toSorted()

  it('is built beside the live index, takes its name, and the old one is kept', async () => {
    expect(await provision()).toMatchObject({
      change: 'migrated',
      state: 'ready',
      index: indexName(l2),
      documents: 4,
      drift: [],
      migration: null,
      previous: { index: indexName(bikeShop) },
    })
    expect(await indexes()).toEqual(both)
    expect(await provision()).toMatchObject({ change: 'unchanged' })
  })

  it('is planned first: what changes, what it costs, and from where to where', async () => {
    const plan = await planIndex({ redis: own(), definition: l2 })
    expect(plan).toMatchObject({
      action: 'migrate',
      from: indexName(bikeShop),
      to: indexName(l2),
      changes: [{ field: 'vector.metric', expected: 'L2', actual: 'COSINE' }],
      documents: 4,
      refused: null,
    })
    expect(plan.estimate.bytes).toBeGreaterThan(0)
    expect(await indexes()).toEqual([indexName(bikeShop)])
    await provision()
    expect(await planIndex({ redis: own(), definition: l2 })).toMatchObject({ action: 'none', changes: [] })
  })

  it('is refused when memory will not do for a second index, unless it is forced', async () => {
    const used = Number(/used_memory:(\d+)/.exec(String(await redis.send(['INFO', 'memory'])))?.[1])
    await redis.send(['CONFIG', 'SET', 'maxmemory', String(used + 1_000)])
    try {
      await expect(provision()).rejects.toMatchObject({
        code: 'CHANGE_REFUSED',
        message: expect.stringMatching(/^Expected .* of free memory/),
      })
      expect(await indexes()).toEqual([indexName(bikeShop)])
    } finally {
      await redis.send(['CONFIG', 'SET', 'maxmemory', '0'])
    }
  })

  it('does not take the name while stored documents do not fit it, and says so', async () => {
    const result = await provision(wider)
    expect(result).toMatchObject({
      change: 'migrating',
      index: indexName(bikeShop),
      migration: {
        to: indexName(wider),
        documents: 0,
        percentIndexed: 100,
        problem: expect.stringMatching(/^Expected the 4 documents .* got 0/),
      },
    })
    expect(await provision(wider, { force: true })).toMatchObject({ change: 'migrated', documents: 0 })
  })

  it('does not take the name while users are not found by their own vectors', async () => {
    await provision(l2)
    await store(redis, Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`user:z${i}`, zero])))
    expect(await provision(bikeShop)).toMatchObject({ change: 'migrating', index: indexName(l2) })
  })

  it('does not take the name while Redis has no time for the proof, and does when it has', async () => {
    const pool = own()
    const slow: RedisPool = {
      ...pool,
      lease: (work) => pool.lease((connection) => work({ ...connection, ...cutShort(connection) })),
    }
    const deps = { redis: slow, definition: l2 }
    expect(await provisionIndex(deps, { waitUntil: Date.now() + PATIENCE_MS })).toMatchObject({
      change: 'migrating',
      migration: { problem: expect.stringContaining('truncated') },
    })
    expect(await provision()).toMatchObject({ change: 'migrated' })
  })

  it('is only gone on with, never begun, by who may not begin', async () => {
    expect(await provision(l2, { mayBegin: false })).toMatchObject({ change: 'unchanged', state: 'drifted' })
    await begin()
    await redis.send(['DEL', 'user:odd'])
    expect(await provision(aged, { mayBegin: false })).toMatchObject({ change: 'migrated' })
  })

  it('gives up what was being built for another one', async () => {
    await begin()
    expect(await provision(bikeShop)).toMatchObject({ change: 'unchanged', state: 'ready', migration: null })
    expect(await indexes()).toEqual([indexName(bikeShop)])
  })

  it('drops the old index after its time, and no document with it', async () => {
    await provision()
    expect(await provision(l2, { graceMs: 0 })).toMatchObject({ previous: null, documents: 4 })
    expect(await indexes()).toEqual([indexName(l2)])
    expect(await redis.send(['EXISTS', 'user:1', 'user:2', 'user:3', 'user:4'])).toBe(4)
  })

  it('is rolled back in one step, and is not gone to again unless it is forced', async () => {
    await provision()
    expect(await rollBack()).toMatchObject({
      index: indexName(bikeShop),
      state: 'drifted',
      previous: { index: indexName(l2) },
    })
    expect(await provision()).toMatchObject({ change: 'unchanged', index: indexName(bikeShop) })
    expect(await provision(l2, { force: true })).toMatchObject({ change: 'migrated', index: indexName(l2) })
  })

  it('is given up by a rollback while it is being built', async () => {
    await begin()
    expect(await rollBack(aged)).toMatchObject({ index: indexName(bikeShop), migration: null })
    expect(await indexes()).toEqual([indexName(bikeShop)])
    await expect(rollBack(aged)).rejects.toMatchObject({ code: 'ROLLBACK_IMPOSSIBLE' })
  })

  it('is built under a second name when somebody has altered the index that has its first', async () => {
    await redis.send(['FT.ALTER', indexName(bikeShop), 'SCHEMA', 'ADD', '$.age', 'AS', 'age', 'NUMERIC'])
    expect(await provision(bikeShop)).toMatchObject({
      change: 'migrated',
      index: `${indexName(bikeShop)}.2`,
      state: 'ready',
      drift: [],
    })
  })

  it('replaces an index that was made by hand under our name, even one that an alias was put over', async () => {
    await redis.send(['FLUSHALL'])
    await redis.send(ftCreateArgs(bikeShop.name, bikeShop))
    await storeBikeShop(redis)
    await redis.send(ftCreateArgs('other', bikeShop))
    await redis.send(['FT.ALIASADD', bikeShop.name, 'other'])
    const { notes } = await planIndex({ redis: own(), definition: l2 })
    expect(notes).toContainEqual(expect.stringMatching(/made by hand.*without a way to roll back/))
    expect(await provision()).toMatchObject({ change: 'migrated', index: indexName(l2), documents: 4 })
    expect(await indexes()).toEqual([indexName(l2), 'other'].toSorted())
    expect(await redis.send(['EXISTS', 'user:1', 'user:4'])).toBe(2)
    await expect(rollBack()).rejects.toBeInstanceOf(AppError)
  })

  it('ends with one index and no error when twenty come at once, over an index made by hand, too', async () => {
    await redis.send(['FLUSHALL'])
    await redis.send(ftCreateArgs(bikeShop.name, bikeShop))
    await storeBikeShop(redis)
    const pools = Array.from({ length: 20 }, () => connectTo({ url: server.urlOf('provision-index') }))
    const results = await Promise.all(
      pools.map((pool) =>
        provisionIndex({ redis: pool, definition: l2 }, { waitUntil: Date.now() + PATIENCE_MS }),
      ),
    )
    await Promise.all(pools.map((pool) => pool.close()))
    expect(results.filter(({ change }) => change === 'migrated').length).toBe(1)
    expect(await indexes()).toEqual([indexName(l2)])
    expect(await status()).toMatchObject({ state: 'ready', documents: 4 })
  })

  it('survives that what is known of the versions is lost', async () => {
    await begin()
    await redis.send(['DEL', versionsKey(aged.name), 'user:odd'])
    expect(await provision(aged)).toMatchObject({ change: 'migrated', index: indexName(aged) })
  })

  async function begin(): Promise<void> {
    await store(redis, { 'user:odd': { vector_embedding: [1, 2, 3], age: 'x' } })
    expect(await provision(aged)).toMatchObject({
      change: 'migrating',
      index: indexName(bikeShop),
      migration: { from: indexName(bikeShop), to: indexName(aged) },
    })
  }
})

const zero = { vector_embedding: [0, 0, 0] }
