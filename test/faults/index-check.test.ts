import { describe, expect, it } from 'vitest'
import { checkIndex } from '../../lib/check/check-index.ts'
import { defineIndex, type IndexDefinition } from '../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../lib/index-definition.ts'
import { cacheIndexReading } from '../../lib/index-state/index-reading-cache.ts'
import { provisionIndex } from '../../lib/provisioning/provision-index.ts'
import { ftSearchKnnArgs, parseFtSearch } from '../../lib/redis/commands/ft-search.ts'
import { jsonSetArgs } from '../../lib/redis/commands/json.ts'
import type { Redis } from '../../lib/redis/redis.ts'
import { MATCH_ALL } from '../../lib/search/filter.ts'
import { searchUsers } from '../../lib/search/search-users.ts'
import { toBytes } from '../../lib/vector.ts'
import { seeded } from '../support/random.ts'
import { useRedis } from '../support/redis.ts'

const seed = Number(process.env.FAULTS_SEED ?? Math.floor(Math.random() * 1e9))
const define = (dimensions: number) => defineIndex(INDEX_DEFINITION, { vector: { dimensions } })
const log = { info: () => {}, warn: () => {}, error: () => {} }

describe('poison that was stored before 1,000 users', () => {
  const definition = define(8)
  const redis = useRedis({ definition })

  it('is found, named and taken out, and then everybody is his own nearest again', async () => {
    console.log(`FAULTS_SEED=${seed}`)
    const { oneOf, between } = seeded(seed)
    const vectors = Array.from({ length: 1_000 }, () => Array.from({ length: 8 }, () => between(-1, 1)))
    const poison = [
      Array(8).fill(0),
      [1e39, ...Array(7).fill(0)],
      Array(8).fill(1e-46),
      ...Array.from({ length: 20 }, () => Array(8).fill(oneOf([0, 1e39, 1e-46]))),
    ]
    await provisionIndex({ redis: redis.pool(), definition })
    await write(redis.pool(), poison, 'poison')
    await write(redis.pool(), vectors, '')
    const spoilt = await graphFinds(redis.pool(), definition, vectors)

    const { lastSweep, index } = await checkIndex(
      { redis: redis.pool('check-index'), definition, log, metrics: () => {}, maxK: 1000 },
      { mayQuarantine: true, until: Date.now() + 60_000 },
    )
    expect(lastSweep).toMatchObject({ scanned: 1_023, notSearchable: 23, quarantined: 23 })
    expect((lastSweep?.findings ?? []).map(({ id }) => id).toSorted()).toEqual(
      poison.map((_, i) => `poison${i}`).toSorted(),
    )
    const mended = await graphFinds(redis.pool(), definition, vectors)
    console.log(
      `of 1,000 users HNSW alone found by their own vectors: ${spoilt} before, ${mended} after (${index.change})`,
    )
    const deps = { redis: redis.pool('search-users'), definition }
    const searcher = { ...deps, readIndex: cacheIndexReading(deps) }
    const nearest = await Promise.all(
      vectors.map((vector) => searchUsers(searcher, { vector, k: 1, includeVector: false })),
    )
    expect(nearest.filter(({ results }, i) => results[0]?.id !== String(i))).toEqual([])
    expect(mended).toBe(1_000)
  })
})

describe('the check of 100,000 users', () => {
  const definition = define(16)
  const redis = useRedis({ definition })
  const USERS = Number(process.env.FAULTS_USERS ?? 100_000)

  it('takes Redis 2 % of its time at most while it looks', async () => {
    const { between } = seeded(seed)
    await provisionIndex({ redis: redis.pool(), definition })
    const vectors = Array.from({ length: USERS }, () => Array.from({ length: 16 }, () => between(-1, 1)))
    await write(redis.pool(), vectors, '')
    await redis.pool().send(['CONFIG', 'RESETSTAT'])
    const startedAt = performance.now()
    const { lastSweep } = await checkIndex(
      { redis: redis.pool('check-index'), definition, log, metrics: () => {}, maxK: 1000 },
      { until: Date.now() + 900_000 },
    )
    const wallMs = performance.now() - startedAt
    const usedMs = (await usecOfCommands(redis.pool())) / 1000
    expect(lastSweep?.scanned).toBeGreaterThanOrEqual(USERS)
    const share = (of: number) => `${((usedMs / of) * 100).toFixed(2)} %`
    console.log(
      `${USERS} users: ${Math.round(usedMs)} ms of Redis in ${(wallMs / 1000).toFixed(1)} s: ${share(wallMs)} meanwhile, ${share(900_000)} of a quarter of an hour`,
    )
    expect(usedMs / 900_000).toBeLessThan(0.02)
  })
})

async function write(redis: Redis, vectors: number[][], name: string): Promise<void> {
  for (let i = 0; i < vectors.length; i += 1_000) {
    const some = vectors.slice(i, i + 1_000).map((vector, j) => {
      const document = Buffer.from(JSON.stringify({ vector_embedding: vector }))
      return redis.send(jsonSetArgs(`user:${name}${i + j}`, document), { deadline: Date.now() + 60_000 })
    })
    await Promise.all(some)
  }
}

/** How many are found by their own vectors in the graph, which lookalike's searches do not rely on alone. */
async function graphFinds(
  redis: Redis,
  { name, vector }: IndexDefinition,
  vectors: number[][],
): Promise<number> {
  const found = await Promise.all(
    vectors.map(async (own, i) => {
      const command = ftSearchKnnArgs({
        index: name,
        vectorAlias: vector.alias,
        vector: toBytes(Float32Array.from(own), 'FLOAT32'),
        k: 1,
        filter: MATCH_ALL,
        efRuntime: 128,
        returned: [],
      })
      return parseFtSearch(await redis.send(command)).rows[0]?.key === `user:${i}`
    }),
  )
  return found.filter(Boolean).length
}

async function usecOfCommands(redis: Redis): Promise<number> {
  const stats = String(await redis.send(['INFO', 'commandstats']))
  return [...stats.matchAll(/usec=(\d+)/g)].reduce((sum, [, usec]) => sum + Number(usec), 0)
}
