import type { Measurement } from '../index-state/recall-store.ts'
import type { CallOptions } from '../redis/redis.ts'
import { EF_RUNTIME } from '../search/search-strategy.ts'
import { type MeasureDeps, type Probe, recallAt, searchDistances } from './probes.ts'

/** An EF_RUNTIME, its recall in the sample, and whether it reaches the target with other queries, too. */
export type Found = Omit<Measurement, 'ms'> & { reaches: boolean }

const MOST = 4096
/** The least EF_RUNTIME that reached the target, divided by the largest that did not. */
const PRECISION = 1.1
/**
 * The more neighbours a query has, the fewer queries are needed. With these, a mean recall of 0.99 has a standard error
 * of 0.001 to 0.003.
 */
const MAX_PROBES_BY_K: Record<number, number> = { 10: 400, 100: 100, 1000: 40 }

/** Queries of one kind with their exact answers. */
export interface ProbeSet {
  probes: readonly Probe[]
  /**
   * Other queries than these have another recall. So their mean has to reach the target by so many standard errors: a
   * small sample, or one with queries that miss all of their neighbours, needs more candidates.
   */
  standardErrors: number
}

/**
 * The standard errors ask for at most this share of what the target allows to miss. At 400,000 users, 104 queries would
 * need twice the candidates otherwise.
 */
const MOST_MARGIN = 0.5
/** A mean that is so many standard errors below the target will not reach it. */
const HOPELESS = 3
/** The standard error of fewer queries means little. */
export const MIN_PROBES = 20

/**
 * For each k, ascending, about the least EF_RUNTIME that reaches the target. If none does, the largest and its recall.
 * Without probes, nothing.
 */
export async function findLeastEf(
  deps: MeasureDeps,
  set: ProbeSet,
  { ks, target }: { ks: readonly number[]; target: number },
  options?: CallOptions,
): Promise<Map<number, Found>> {
  const best = new Map<number, Found>()
  const tooFew = new Map<number, number>()
  const measure = async (left: readonly number[], efRuntime: number) => {
    for (const [k, found] of await measureAt(deps, set, { ks: left, efRuntime, target }, options)) {
      if (found.reaches || efRuntime === MOST) best.set(k, found)
      if (!found.reaches) tooFew.set(k, efRuntime)
    }
  }
  if (set.probes.length === 0) return best
  for (let efRuntime = EF_RUNTIME; efRuntime <= MOST; efRuntime *= 2) {
    const left = ks.filter((k) => k <= efRuntime && !best.has(k))
    if (left.length > 0) await measure(left, efRuntime)
  }
  for (const k of ks) {
    for (;;) {
      const { efRuntime = 0, reaches = false } = best.get(k) ?? {}
      // Below the first step, nothing is worth a measurement.
      const below = Math.max(tooFew.get(k) ?? EF_RUNTIME, k)
      if (!reaches || efRuntime / below < PRECISION) break
      await measure([k], Math.round(Math.sqrt(below * efRuntime)))
    }
  }
  return best
}

/** The largest k that uses this probe. */
export function largestK(probe: number, ks: readonly number[]): number {
  return ks.findLast((k) => probe < (MAX_PROBES_BY_K[k] ?? 0)) ?? ks[0] ?? 10
}

/** The recall of HNSW with this EF_RUNTIME at each of these k. It ends as soon as no k can reach the target any more. */
async function measureAt(
  deps: MeasureDeps,
  { probes, standardErrors }: ProbeSet,
  { ks, efRuntime, target }: { ks: readonly number[]; efRuntime: number; target: number },
  options?: CallOptions,
): Promise<Map<number, Found>> {
  const used = probes.slice(0, MAX_PROBES_BY_K[ks[0] ?? 10])
  const recalls = new Map(ks.map((k) => [k, [] as number[]]))
  // Its recall is what a warning says, so the last step is measured to its end.
  const isLast = efRuntime === MOST
  for (const [i, probe] of used.entries()) {
    // HNSW collects `efRuntime` candidates, so one answer gives the recall for every smaller k.
    const k = largestK(i, ks)
    const found = await searchDistances(deps, { vector: probe.vector, k, efRuntime }, options)
    for (const [one, own] of recalls) if (one <= k) own.push(recallAt([probe], [found], one))
    if (!isLast && [...recalls.values()].every((own) => isHopeless(own, target))) break
  }
  const judge = (own: readonly number[]): Found => {
    const { mean, standardError } = distributionOf(own)
    const margin = Math.min(standardErrors * standardError, MOST_MARGIN * (1 - target))
    return { efRuntime, measured: mean, reaches: mean - margin >= target }
  }
  return new Map([...recalls].map(([k, own]) => [k, judge(own)]))
}

function isHopeless(recalls: readonly number[], target: number): boolean {
  if (recalls.length < MIN_PROBES) return false
  const { mean, standardError } = distributionOf(recalls)
  return mean + HOPELESS * standardError < target
}

function distributionOf(values: readonly number[]): { mean: number; standardError: number } {
  const count = values.length
  const mean = values.reduce((sum, value) => sum + value, 0) / count
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count
  return { mean, standardError: Math.sqrt(variance / count) }
}
