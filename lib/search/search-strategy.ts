import type { IndexDefinition } from '../definition.ts'
import type { IndexReading } from '../index-state/index-status.ts'
import type { Measured } from '../index-state/recall-store.ts'
import type { KnnQuery } from '../redis/commands/ft-search.ts'
import type { SearchRequest } from './search-request.ts'
import { isGroup, type Seeds } from './seeds.ts'

/**
 * The recall@10 of RediSearch's own default, 10, is 0.74 on 20,000 real 384-dimension embeddings; 128 gives 0.99
 * (docs/decisions/0004).
 */
export const EF_RUNTIME = 128
/** Brute force over 20,000 vectors of 384 dimensions is 1.8 ms. */
const CHEAP_COMPONENTS = 20_000 * 384

/** How to search, and what the caller has to know of an answer that is found so. */
export type SearchStrategy = Pick<KnnQuery, 'exact' | 'efRuntime'> & { warning?: string }

/** Whether to compare with everyone, and if not, how many candidates HNSW keeps: at least the k it is to find. */
export function chooseSearchStrategy(
  { vector }: IndexDefinition,
  { k, exact, efRuntime }: SearchRequest,
  seeds: Seeds,
  { info, recall }: IndexReading,
): SearchStrategy {
  // FLAT is exact by itself, and refuses EF_RUNTIME.
  if (vector.algorithm === 'FLAT') return {}
  if (exact) return { exact }
  if (efRuntime !== undefined) return { efRuntime: Math.max(efRuntime, k + seedCount(seeds)) }
  const known = isGroup(seeds) ? recall?.group : recall
  const missed = shortfall(recall?.target, known)
  const isCheap = (info?.documents ?? 0) * vector.dimensions <= CHEAP_COMPONENTS
  // Means lie where few users are, and HNSW finds their neighbours worse: 0.935 at EF_RUNTIME 128 for means of five.
  if (isCheap && (isGroup(seeds) || missed !== undefined)) return { exact: true }
  const least = Math.max(EF_RUNTIME, known?.efRuntime ?? 0, k + seedCount(seeds))
  return { efRuntime: least, ...(missed !== undefined && { warning: missed }) }
}

/** What the most candidates we let HNSW keep have not reached. */
function shortfall(target = 0, known?: Measured | null): string | undefined {
  if (known?.measured == null || known.measured >= target) return undefined
  const found = `HNSW finds ${known.measured.toFixed(3)} of the nearest at EF_RUNTIME ${known.efRuntime}`
  return `${found}, as last measured, and ${target} is aimed at: ask with exact to miss nobody`
}

function seedCount({ like, unlike }: Seeds): number {
  return like.length + unlike.length
}
