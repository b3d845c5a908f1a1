import { beforeAll, describe, expect, it } from 'vitest'
import { defineIndex } from '../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../lib/index-definition.ts'
import { cacheIndexReading } from '../../lib/index-state/index-reading-cache.ts'
import { readIndex } from '../../lib/index-state/index-status.ts'
import type { Recall } from '../../lib/index-state/recall-store.ts'
import { provisionIndex } from '../../lib/provisioning/provision-index.ts'
import { measureIfGrown } from '../../lib/recall/measure-if-grown.ts'
import { answerExactly, type Probe, recallAt } from '../../lib/recall/probes.ts'
import { searchUsers } from '../../lib/search/search-users.ts'
import { toBytes } from '../../lib/vector.ts'
import { makeUnrelated } from '../bench/search/corpus.ts'
import { seeded } from '../support/random.ts'
import { useRedis } from '../support/redis.ts'
import { writeUsers } from '../support/write-users.ts'

// Corpora where the recall of a measurement once differed from the recall of real queries. Each is measured as at the
// end of an import, before any search.

const CORPORA = [
  ['16,000 users of 128 dimensions and rank 32', () => lowRank(16_000, 128, 32)],
  ['5,000 users of four unrelated embeddings', () => makeUnrelated(5_000)],
] as const

describe.each(CORPORA)('recall of %s', (_, make) => {
  const { vectors, queries } = make()
  const dimensions = vectors[0]?.length ?? 0
  const definition = defineIndex(INDEX_DEFINITION, { storage: 'hash', prefix: 'h:', vector: { dimensions } })
  const server = useRedis({ definition })
  let recall: Recall | null

  beforeAll(async () => {
    const redis = server.pool()
    await redis.send(['FLUSHALL'])
    await provisionIndex({ redis, definition })
    for (let from = 0; from < vectors.length; from += 500) {
      const users = vectors.slice(from, from + 500)
      await writeUsers(
        redis,
        definition,
        users.map((vector, i) => ({ id: String(from + i), vector_embedding: Array.from(vector) })),
      )
    }
    const random = seeded(3)
    recall = await measureIfGrown(
      { redis: server.pool('import-users'), definition },
      { random: () => random.between(0, 1), timeMs: 600_000 },
    )
  }, 600_000)

  it.each([10, 100, 1_000])(
    'holds 0.99 at k %i for queries that are not stored, with the candidates that it names',
    async (k) => {
      const point = recall?.curve.find((one) => one.k === k)
      expect(point?.single.measured).toBeGreaterThanOrEqual(0.99)
      const redis = server.pool('search-users')
      const { info } = await readIndex({ redis, definition })
      const deps = { redis: server.pool(), definition, index: info?.name ?? '' }
      const search = { redis, definition, readIndex: cacheIndexReading({ redis, definition }) }
      const [probes, found]: [Probe[], number[][]] = [[], []]
      for (const query of queries.slice(0, k === 1_000 ? 30 : 100)) {
        const vector = toBytes(query, 'FLOAT32')
        probes.push(await answerExactly(deps, vector, k))
        // With a number of candidates, as a search might be exact while the machine is busy.
        const request = { vector: vector.toString('base64'), k, includeVector: false }
        const answer = await searchUsers(search, { ...request, efRuntime: point?.single.efRuntime })
        found.push(answer.results.map(({ distance }) => distance))
      }
      expect(recallAt(probes, found, k)).toBeGreaterThanOrEqual(0.99)
    },
    120_000,
  )
})

/** Users in a subspace of `rank` dimensions, and queries from the same. */
function lowRank(users: number, dimensions: number, rank: number) {
  const random = seeded(rank)
  const normal = () =>
    Array.from({ length: 6 }, () => random.between(-1, 1)).reduce((sum, one) => sum + one, 0)
  const basis = Array.from({ length: rank }, () => Array.from({ length: dimensions }, normal))
  const draw = () => {
    const weights = basis.map(normal)
    return Float32Array.from({ length: dimensions }, (_, i) =>
      basis.reduce((sum, axis, n) => sum + (axis[i] ?? 0) * (weights[n] ?? 0), 0),
    )
  }
  return { vectors: Array.from({ length: users }, draw), queries: Array.from({ length: 100 }, draw) }
}
