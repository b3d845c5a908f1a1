import type { IndexDefinition } from '../definition.ts'
import type { IndexReading } from '../index-state/index-status.ts'
import type { Measurement, Recall, RecallPoint } from '../index-state/recall-store.ts'
import type { KnnQuery } from '../redis/commands/ft-search.ts'
import type { SearchRequest } from './search-request.ts'
import { isGroup, type Seeds } from './seeds.ts'

/**
 * The least EF_RUNTIME that a search uses. RediSearch's own default, 10, has a recall@10 of 0.74 on 20,000 real
 * embeddings of 384 dimensions; 128 has 0.99 (docs/decisions/0004).
 */
export const EF_RUNTIME = 128
/** Brute force over so many components takes 1.8 ms: 20,000 users of 384 dimensions. */
const CHEAP_COMPONENTS = 20_000 * 384
/** The time of brute force, where it was not measured. */
const MS_PER_COMPONENT = 0.2e-6
/** Where nothing was measured. 200,000 real embeddings need 256 for k 10, 512 for k 100 and 2,560 for k 1,000 (`npm run bench:recall`). */
const UNMEASURED_EF = { least: 512, perResult: 3, most: 4096 }
/**
 * Under a filter, HNSW finds k divided by the share of users that pass, and the filter leaves k of them. So it needs more
 * candidates, most at a half: below, RediSearch compares more than it needs, or all. It needs 1.09 to 1.54 times as many
 * for the same recall, by what the filter has to do with the vectors. A measurement with one filter may raise it.
 */
const FILTERED_CANDIDATES = 1.5
/** Brute force under a filter reads each user by itself: 105 ms for a half of 400,000 users, for all of them 36 ms. */
export const FILTERED_EXACT = 3
/** An index that grew by half may need more than was measured. */
const GROWTH = 1.5

/** More candidates than a measurement ever keeps, for groups with a filter. */
const MOST_EF = 16_384
/**
 * HNSW with the most candidates misses the target, and brute force takes at most so many times as long. Of a million users
 * of 384 dimensions HNSW finds 0.94 of the 10 nearest and 0.78 of 1,000, and brute force takes 3 to 4 times as long.
 */
const EXACT_WHERE_SHORT = 5

/** How to search, and what the caller has to know about an answer that is found so. */
export type SearchStrategy = Pick<KnnQuery, 'exact' | 'efRuntime'> & { warning?: string }

/**
 * Whether to compare with every user, and if not, how many candidates HNSW keeps: at least the k that it has to find.
 * `queries` is how many the request has in all.
 */
export function chooseSearchStrategy(
  definition: IndexDefinition,
  { k, exact, efRuntime, filter }: SearchRequest,
  seeds: Seeds,
  { info, recall }: IndexReading,
  queries = 1,
): SearchStrategy {
  const { vector } = definition
  // FLAT is exact by itself, and refuses EF_RUNTIME.
  if (vector.algorithm === 'FLAT') return {}
  if (exact) return { exact }
  const wanted = k + seedCount(seeds)
  if (efRuntime !== undefined) return { efRuntime: Math.max(efRuntime, wanted) }
  const documents = info?.documents ?? 0
  const components = documents * vector.dimensions
  const point = pointFor(recall, k, documents)
  if (point === undefined) {
    if (isSmall(definition, documents)) return { exact: true }
    return { efRuntime: unmeasuredEf(wanted), warning: unmeasured(recall, k) }
  }
  const plain = isGroup(seeds) ? point.group : point.single
  const known =
    filter === undefined ? { ...plain, exactMs: point.exactMs, lowest: plain } : underFilter(point, plain)
  const isBeyond = known.efRuntime > MOST_EF
  const exactMs = Math.max(known.exactMs, components * MS_PER_COMPONENT)
  const isShort = known.lowest.measured < (recall?.target ?? 0)
  const isAffordable =
    exactMs <= EXACT_WHERE_SHORT * known.ms && components * queries <= vector.exactComponents
  if (exactMs <= known.ms || ((isShort || isBeyond) && (isAffordable || isSmall(definition, documents))))
    return { exact: true }
  const least = Math.max(EF_RUNTIME, Math.min(MOST_EF, known.efRuntime), wanted)
  if (isShort) return { efRuntime: least, warning: shortfall(recall, known.lowest, point.k) }
  return { efRuntime: least, ...(isBeyond && { warning: beyond(known.efRuntime) }) }
}

/** Single queries show by how much a filter changes candidates and times. Groups change as much. */
function underFilter({ filtered, exactMs }: RecallPoint, plain: Measurement) {
  const efRuntime = Math.ceil(plain.efRuntime * Math.max(FILTERED_CANDIDATES, filtered?.candidates ?? 0))
  const lowest = filtered !== null && filtered.measured < plain.measured ? filtered : plain
  const timed = filtered ?? plain
  return {
    efRuntime,
    lowest,
    // The time grows with the candidates.
    ms: (timed.ms * efRuntime) / timed.efRuntime,
    exactMs: filtered?.exactMs ?? exactMs * FILTERED_EXACT,
  }
}

/** Whether the measurement holds for so many documents. */
export function isMeasured(recall: Recall | null, documents: number): boolean {
  return recall !== null && recall.curve.length > 0 && documents <= recall.documents * GROWTH
}

/** Whether brute force is cheap enough to need no measurement. */
function isSmall({ vector }: IndexDefinition, documents: number): boolean {
  return documents * vector.dimensions <= CHEAP_COMPONENTS
}

/** The measurement that holds for k is that of the next larger k: farther users are harder to find. */
function pointFor(recall: Recall | null, k: number, documents: number): RecallPoint | undefined {
  if (recall === null || !isMeasured(recall, documents)) return undefined
  const largest = recall.curve.at(-1)
  // Fewer documents than the next k were there to be measured: k is nearly all of them.
  const isAll = largest !== undefined && recall.documents <= 10 * largest.k
  return recall.curve.find((point) => point.k >= k) ?? (isAll ? largest : undefined)
}

function unmeasuredEf(k: number): number {
  const { least, perResult, most } = UNMEASURED_EF
  return Math.max(k, Math.min(most, Math.max(least, perResult * k)))
}

function unmeasured(recall: Recall | null, k: number): string {
  const what =
    recall === null || recall.curve.length === 0
      ? 'of this index'
      : `of this index for k ${k}, or since it grew,`
  return `The recall ${what} has not been measured yet: ask with exact to miss no user`
}

/** The target that the largest EF_RUNTIME of the measurement did not reach. */
function shortfall(recall: Recall | null, { measured, efRuntime }: Measurement, k: number): string {
  const found = `HNSW finds ${measured.toFixed(3)} of the ${k} nearest at EF_RUNTIME ${efRuntime}`
  return `${found}, as last measured, and the target is ${recall?.target}: ask with exact to miss no user`
}

function beyond(needed: number): string {
  return `This filter needs ${needed} candidates for the target, more than HNSW may keep: ask with exact to miss no user`
}

function seedCount({ like, unlike }: Seeds): number {
  return like.length + unlike.length
}
