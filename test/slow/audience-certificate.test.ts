import { expect, it, vi } from 'vitest'
import { orderArgs } from '../../lib/audiences/audience-ledger.ts'
import { newReport } from '../../lib/audiences/audience-report.ts'
import type { AudienceRequest } from '../../lib/audiences/audience-request.ts'
import type * as NearestRows from '../../lib/audiences/scoring/nearest-rows.ts'
import { similarityOf } from '../../lib/audiences/scoring/similarity.ts'
import { defineIndex } from '../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../lib/index-definition.ts'
import { rowsOf, useAudiences } from '../support/audiences.ts'
import { seeded } from '../support/random.ts'
import { BUCKET } from '../support/s3.ts'
import { writeUsers } from '../support/write-users.ts'

const [BUILDS, USERS, SEEDS, SIZE, SAMPLED] = [100, 3_000, 40, 300, 400]
/** Two computations of one similarity differ by less. */
const TOLERANCE = 1e-6
const definition = defineIndex(INDEX_DEFINITION, {
  ...{ storage: 'hash', prefix: 'u:' },
  vector: { dimensions: 16, algorithm: 'FLAT' },
})
const audiences = useAudiences({ definition })

/** The part of the users for which the kernel of this build is wrong. */
const fault = { seed: 0, share: 0 }

/** A kernel that misses the nearest seed of some users, which depend on the build and on the user's vector. */
vi.mock('../../lib/audiences/scoring/nearest-rows.ts', async (original) => {
  const real = await original<typeof NearestRows>()
  const nearestRows: typeof real.nearestRows = (...given) => {
    const { find } = real.nearestRows(...given)
    const isWrong = (vector: ArrayLike<number>) =>
      seeded(Math.round((vector[0] ?? 0) * 1e8) ^ (fault.seed * 7919)).between(0, 1) < fault.share
    return {
      find: (vectors, from, to) =>
        find(vectors, from, to).map(({ row, similarity }, i) => ({
          row,
          similarity: isWrong(vectors[i] ?? []) ? similarity - 0.3 : similarity,
        })),
    }
  }
  return { ...real, nearestRows }
})

it(`the bound of the certificate holds in at least 95 of ${BUILDS} builds by a kernel with faults`, async () => {
  const random = seeded(4)
  const vectors = Array.from({ length: USERS }, () =>
    Array.from({ length: 16 }, () => Math.fround(random.between(-1, 1))),
  )
  await writeUsers(
    audiences.redis,
    definition,
    vectors.map((vector_embedding, i) => ({ id: String(i), vector_embedding })),
  )
  const seeds = vectors.slice(0, SEEDS)
  const best = vectors.map((vector) => Math.max(...seeds.map((seed) => similarityOf('COSINE', vector, seed))))
  const { build, text } = await audiences.setUp()
  let [held, found, bounds, missed] = [0, 0, 0, 0]
  for (let seed = 1; seed <= BUILDS; seed++) {
    Object.assign(fault, { seed, share: [0, 0.01, 0.1, 0.5][seed % 4] })
    // The id draws the sample, so the test chooses it.
    const id = `a${seed.toString(16).padStart(15, '0')}`
    const report = newReport(id, 1, request, definition, BUCKET)
    const { redis } = audiences
    await redis.lease((connection) => connection.pipeline(orderArgs(report, request)))
    const built = await build({ id: report.id, run: 1 }, { mostSampled: SAMPLED })
    expect(built).toMatchObject({ state: 'COMPLETED', counts: { matched: USERS, exported: SIZE } })
    const rows = rowsOf(await text(built?.files.audience ?? null))
    const cut = Number(rows.at(-1)?.similarity) + TOLERANCE
    const exported = new Set(rows.map(({ id }) => Number(id)))
    const truly = best.filter((similarity, i) => i >= SEEDS && similarity >= cut && !exported.has(i)).length
    const certificate = built?.certificate
    expect(certificate?.sampled).toBeGreaterThan(SAMPLED / 2)
    if ((certificate?.missedAtMost ?? -1) >= truly) held++
    if ((certificate?.missed ?? 0) > 0) found++
    bounds += certificate?.missedAtMost ?? 0
    missed += truly
  }
  const [low, high] = clopperPearson(held, BUILDS)
  console.log(
    `held in ${held} of ${BUILDS} builds: coverage ${low.toFixed(3)} to ${high.toFixed(3)} (95 %, two-sided);`,
    `missed ${missed / BUILDS} on average, bound ${bounds / BUILDS}; seen in ${found} builds`,
  )
  expect(held).toBeGreaterThanOrEqual(95)
  // The promised 95 % must not be refuted, and a bound that always holds would promise too little.
  expect(high).toBeGreaterThanOrEqual(0.95)
  expect(bounds / missed).toBeLessThan(2)
  expect(found).toBeGreaterThan(BUILDS / 3)
})

const request: AudienceRequest = {
  like: Array.from({ length: SEEDS }, (_, i) => String(i)),
  ...{ strategy: 'best_score', size: { users: SIZE }, holdout: 0 },
  ...{ fields: [], hash: [], format: 'csv', gzip: false },
}

/** The shares under which as many successes or more, and as many or fewer, each have a probability of 2.5 %. */
function clopperPearson(successes: number, trials: number): [low: number, high: number] {
  const atMost = (count: number, share: number) => {
    let term = (1 - share) ** trials
    let sum = count < 0 ? 0 : term
    for (let i = 0; i < count; i++) {
      term *= ((trials - i) / (i + 1)) * (share / (1 - share))
      sum += term
    }
    return sum
  }
  const solve = (isBelow: (share: number) => boolean) => {
    let [low, high] = [0, 1]
    for (let i = 0; i < 50; i++) {
      const middle = (low + high) / 2
      if (isBelow(middle)) low = middle
      else high = middle
    }
    return low
  }
  return [
    successes === 0 ? 0 : solve((share) => 1 - atMost(successes - 1, share) < 0.025),
    successes === trials ? 1 : solve((share) => atMost(successes, share) > 0.025),
  ]
}
