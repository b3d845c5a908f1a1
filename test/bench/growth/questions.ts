import type { IndexDefinition } from '../../../lib/definition.ts'
import { answerExactly, type MeasureDeps, type Probe } from '../../../lib/recall/probes.ts'
import { compileFilter, type Filter } from '../../../lib/search/filter.ts'
import type { FilterInput } from '../../../lib/search/filter-schema.ts'
import type { SearchRequest } from '../../../lib/search/search-request.ts'
import { queryVector, seedsOf } from '../../../lib/search/seeds.ts'
import { toBytes } from '../../../lib/vector.ts'
import { seeded } from '../../support/random.ts'
import { type Corpus, nearestOf, pushed } from '../search/corpus.ts'

/** Questions that the index does not hold, with their exact answers. */
export interface Questions {
  requests: Omit<SearchRequest, 'k'>[]
  probes: Probe[]
  filter?: Filter
}

export const KS = [10, 100, 1_000]
/** How many questions each k has: their mean recall has a standard error of 0.001 to 0.002. */
export const QUESTIONS: Record<number, number> = { 10: 300, 100: 150, 1000: 80 }
const COUNT = 300
/** Brute force under a filter takes three times as long. */
const FILTERED = 150
const MEMBERS = 5
/** Half of the users have one of these, and a half is the hardest share for HNSW. */
const HALF: FilterInput = { labels: { $in: ['essays', 'science', 'lore'] } }
/** Brute force of plain code is slow. */
const CHECKED = 5

export type Kind = (typeof KINDS)[number]
export const KINDS = ['single', 'filtered', 'group'] as const

/**
 * `single`: vectors that are not stored, as many of them real and as many moved as of the users. `filtered`: the first
 * of them among half of the users. `group`: five users each.
 */
export async function askExactly(corpus: Corpus, deps: MeasureDeps): Promise<Record<Kind, Questions>> {
  const random = seeded(corpus.vectors.length)
  const realShare = corpus.real / corpus.vectors.length
  let real = 0
  const singles = Array.from({ length: COUNT }, (_, i) => {
    const isReal = real < Math.min(corpus.queries.length, Math.round((i + 1) * realShare))
    const query = isReal ? corpus.queries[real++] : undefined
    return { vector: base64(query ?? pushed(random.oneOf(corpus.queries), random)) }
  })
  const groups = Array.from({ length: COUNT }, () => ({
    like: Array.from({ length: MEMBERS }, () => ({ vector: base64(random.oneOf(corpus.vectors)) })),
  }))
  const single = await answerAll(deps, singles)
  checkExactly(corpus, single)
  const filter = compileFilter(deps.definition, HALF)
  const filtered = await answerAll({ ...deps, filter }, singles.slice(0, FILTERED))
  return {
    single,
    filtered: {
      ...filtered,
      filter,
      requests: filtered.requests.map((request) => ({ ...request, filter: HALF })),
    },
    group: await answerAll(deps, groups),
  }
}

async function answerAll(
  deps: MeasureDeps,
  asked: Pick<SearchRequest, 'vector' | 'like'>[],
): Promise<Questions> {
  const probes: Probe[] = []
  for (const [i, request] of asked.entries()) {
    const k = KS.findLast((one) => i < (QUESTIONS[one] ?? 0)) ?? 10
    probes.push(await answerExactly(deps, bytesOf(request, deps.definition), k))
  }
  return { requests: asked.map((request) => ({ ...request, includeVector: false })), probes }
}

function bytesOf(
  request: Pick<SearchRequest, 'vector' | 'like'>,
  { vector: shape }: IndexDefinition,
): Buffer {
  const seeds = seedsOf({ ...request, k: 1, includeVector: false }, shape)
  return toBytes(queryVector(seeds, new Map(), shape), shape.type)
}

/** The answers of Redis's brute force against plain code over the vectors as they were written. */
function checkExactly(corpus: Corpus, { requests, probes }: Questions): void {
  for (const [i, { nearest }] of probes.slice(0, CHECKED).entries()) {
    const query = new Float32Array(Uint8Array.from(Buffer.from(String(requests[i]?.vector), 'base64')).buffer)
    for (const [rank, position] of nearestOf(corpus, query, 10).entries()) {
      const vector = corpus.vectors[position] ?? new Float32Array()
      const expected = 1 - vector.reduce((sum, component, n) => sum + component * (query[n] ?? 0), 0)
      const got = nearest[rank] ?? Number.NaN
      // FLOAT16 has three decimal digits.
      if (!(Math.abs(got - expected) < 2e-3))
        throw new Error(`Query ${i}, rank ${rank}: expected the distance ${expected}, got ${got}`)
    }
  }
}

function base64(vector: Float32Array): string {
  return toBytes(vector, 'FLOAT32').toString('base64')
}
