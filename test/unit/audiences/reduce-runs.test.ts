import { expect, it } from 'vitest'
import { idHash } from '../../../lib/audiences/id-hash.ts'
import { reduceRuns } from '../../../lib/audiences/reduce-runs.ts'
import { decodeRun, encodeRun, type ScoredUser } from '../../../lib/audiences/run-file.ts'

/** A user that plain code scored again. */
function candidate(id: string, similarity: number, plain: number): ScoredUser {
  const hash = idHash('salt', id)
  return { id, hash, class: 'candidate', similarity, nearest: 0, kept: similarity, plain }
}

it.each([
  // The next float32 after 1000 is 0.00006 larger: plain code cannot be more exact.
  { similarity: 999.99994, plain: 1000.00006, missed: 0 },
  { similarity: 999, plain: 1001, missed: 1 },
])('takes a large inner product for missed only beyond its seven digits: $plain', async (one) => {
  const run = encodeRun([candidate('1', 1000, 1000), candidate('2', one.similarity, one.plain)])
  const runs = async function* () {
    yield decodeRun(run)
  }
  const { certificate } = await reduceRuns(runs, { users: 1 })
  expect(certificate).toMatchObject({ sampled: 2, missed: one.missed })
})
