import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { defineIndex, type IndexDefinition, indexName } from '../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../lib/index-definition.ts'
import { cacheIndexReading } from '../../lib/index-state/index-reading-cache.ts'
import { provisionIndex } from '../../lib/provisioning/provision-index.ts'
import { jsonSetArgs } from '../../lib/redis/commands/json.ts'
import { type SearchDeps, searchUsers } from '../../lib/search/search-users.ts'
import { distribution } from '../support/distribution.ts'
import { seeded } from '../support/random.ts'
import { useRedis } from '../support/redis.ts'

/** Few dimensions, that 60,000 users be indexed in seconds: what is tried is the change, not the graph. */
const DIMENSIONS = 16
const USERS = Number(process.env.FAULTS_USERS ?? 60_000)
const SEARCHES_A_SECOND = 50
const seed = Number(process.env.FAULTS_SEED ?? Math.floor(Math.random() * 1e9))

const define = (vector: object) =>
  defineIndex(INDEX_DEFINITION, { vector: { dimensions: DIMENSIONS, ...vector } })
const cosine = define({ metric: 'COSINE' })

describe('searches while the index is changed', () => {
  const redis = useRedis({ definition: cosine })
  // Of length 1: then COSINE and L2 put users in the same order, and everybody is his own nearest in both.
  const random = seeded(seed)
  const vectors = Array.from({ length: USERS }, () =>
    unit(Array.from({ length: DIMENSIONS }, () => random.between(-1, 1))),
  )

  beforeAll(async () => {
    console.log(`FAULTS_SEED=${seed}`)
    await provisionIndex({ redis: redis.pool('provision-index'), definition: cosine })
    await write(0, USERS)
  }, 600_000)

  async function write(from: number, to: number): Promise<void> {
    for (let i = from; i < to; i += 1_000) {
      const users = vectors.slice(i, Math.min(i + 1_000, to))
      await Promise.all(
        users.map((vector, j) => {
          const document = Buffer.from(JSON.stringify({ labels: 'road', vector_embedding: vector }))
          return redis.pool().send(jsonSetArgs(`user:${i + j}`, document), { deadline: Date.now() + 60_000 })
        }),
      )
    }
  }

  it.each([
    ['from COSINE to L2', cosine, define({ metric: 'L2' })],
    [
      'to other HNSW parameters',
      define({ metric: 'L2' }),
      define({ metric: 'L2', m: 24, efConstruction: 100 }),
    ],
    [
      'to FLAT',
      define({ metric: 'L2', m: 24, efConstruction: 100 }),
      define({ metric: 'L2', algorithm: 'FLAT' }),
    ],
  ])('%s all end, and in an index that is whole', async (_, before, after) => {
    const searching = startSearching([before, after])
    const startedAt = performance.now()
    // As npm run index -- apply does it, and users are written meanwhile.
    const migrate = async () => {
      for (;;) {
        const { change, migration } = await provisionIndex({
          redis: redis.pool('provision-index'),
          definition: after,
        })
        expect(migration?.problem ?? null).toBeNull()
        if (change === 'migrated') return
        await write(0, 100)
        await sleep(200)
      }
    }
    await migrate()
    const seconds = (performance.now() - startedAt) / 1000
    await sleep(12_000)
    const { times, errors, lost } = await searching.stop()
    console.log(
      `${USERS} users in ${seconds.toFixed(1)} s; ${times.length} searches (${errors.length} failed, ${lost} did not find the user): ${distribution(times)}`,
    )
    expect(errors).toEqual([])
    // HNSW itself misses one in some thousands.
    expect(lost).toBeLessThan(times.length * 0.002)
    expect(await provisionIndex({ redis: redis.pool('provision-index'), definition: after })).toMatchObject({
      index: indexName(after),
      documents: USERS,
      state: 'ready',
    })
  })

  /** Searches by users' own vectors, with one definition and the other in turn, whatever becomes of the searches before. */
  function startSearching(definitions: IndexDefinition[]) {
    const pool = redis.pool('search-users')
    const searchers = definitions.map(
      (definition): SearchDeps => ({
        redis: pool,
        definition,
        readIndex: cacheIndexReading({ redis: pool, definition }),
      }),
    )
    const times: number[] = []
    const errors: unknown[] = []
    let lost = 0
    const under = new Set<Promise<void>>()

    async function search(n: number): Promise<void> {
      const deps = searchers[n % searchers.length]
      const id = random.below(USERS)
      const vector = vectors[id]
      if (deps === undefined || vector === undefined) throw new Error('Expected a searcher and a user')
      const startedAt = performance.now()
      try {
        const { results } = await searchUsers(deps, { vector, k: 5, includeVector: false })
        times.push(performance.now() - startedAt)
        if (results.length !== 5 || results[0]?.id !== String(id)) lost++
      } catch (error) {
        errors.push(error)
      }
    }

    let n = 0
    const timer = setInterval(() => {
      const one = search(n++).finally(() => under.delete(one))
      under.add(one)
    }, 1000 / SEARCHES_A_SECOND)
    return {
      async stop() {
        clearInterval(timer)
        await Promise.all(under)
        return { times, errors, lost }
      },
    }
  }
})

function unit(vector: number[]): number[] {
  const length = Math.hypot(...vector)
  return vector.map((component) => component / length)
}
