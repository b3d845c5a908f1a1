import type { Measurement, RecallPoint } from '../index-state/recall-store.ts'
import type { KnnQuery } from '../redis/commands/ft-search.ts'
import type { CallOptions } from '../redis/redis.ts'
import type { Filter } from '../search/filter.ts'
import { type Found, findLeastEf, largestK } from './least-ef.ts'
import { answerExactly, type MeasureDeps, type Probe, searchDistances } from './probes.ts'

/** Queries from one source. Each source must reach the target by itself: an easy one would hide a hard one. */
export interface QuerySet {
  queries: readonly Buffer[]
  /** By how many of them the recall has to reach the target. */
  standardErrors: number
}

export interface Sets {
  single: readonly QuerySet[]
  group: readonly QuerySet[]
  /** undefined: searches with a filter are not measured. */
  filtered: { filter: Filter; single: QuerySet } | undefined
}

/** Audiences and exports request a thousand, a page requests ten. */
const KS = [10, 100, 1_000]
/** Each with another query, because Redis answers a repeated one from the processor's cache. The median counts. */
const TIMED_RUNS = 9

/**
 * Measures the least EF_RUNTIME for each k, for single queries, for groups, and for single queries with a filter, with
 * the times of HNSW and brute force.
 */
export async function measureCurve(
  deps: MeasureDeps,
  sets: Sets,
  { documents, target }: { documents: number; target: number },
  options?: CallOptions,
): Promise<RecallPoint[]> {
  // If the index has fewer documents than k, brute force answers the search.
  const ks = KS.filter((k, i) => i === 0 || k < documents)
  const measureKind = async (kind: readonly QuerySet[], own = deps) => {
    const bySource: Map<number, Found>[] = []
    for (const set of kind) bySource.push(await findOfSource(own, set, { ks, target }, options))
    return bySource
  }
  const filteredDeps = sets.filtered && { ...deps, filter: sets.filtered.filter }
  const singles = await measureKind(sets.single)
  const groups = await measureKind(sets.group)
  const [filtered] = sets.filtered ? await measureKind([sets.filtered.single], filteredDeps) : []
  const points: RecallPoint[] = []
  for (const k of ks) {
    const [one, several, some] = [selectHardest(singles, k), selectHardest(groups, k), filtered?.get(k)]
    // The same queries without the filter.
    const plain = singles[0]?.get(k)
    if (one === undefined || several === undefined) continue
    const time = (set: QuerySet | undefined, how: SearchHow, own = deps) =>
      timedSearch(own, set?.queries ?? [], { k, ...how }, options)
    const [oneMs, severalMs, exactMs, someMs, someExactMs] = await medianMsInTurns([
      time(sets.single[0], { efRuntime: one.efRuntime }),
      time(sets.group[0], { efRuntime: several.efRuntime }),
      time(sets.single[0], { exact: true }),
      ...(some === undefined
        ? []
        : [
            time(sets.filtered?.single, { efRuntime: some.efRuntime }, filteredDeps),
            time(sets.filtered?.single, { exact: true }, filteredDeps),
          ]),
    ])
    points.push({
      k,
      single: toMeasurement(one, oneMs),
      group: toMeasurement(several, severalMs),
      exactMs: exactMs ?? 0,
      filtered:
        some === undefined || plain === undefined
          ? null
          : {
              ...toMeasurement(some, someMs),
              exactMs: someExactMs ?? 0,
              candidates: some.efRuntime / plain.efRuntime,
            },
    })
  }
  return points
}

async function findOfSource(
  deps: MeasureDeps,
  { queries, standardErrors }: QuerySet,
  { ks, target }: { ks: readonly number[]; target: number },
  options?: CallOptions,
): Promise<Map<number, Found>> {
  const answers: Probe[] = []
  // One query at a time, so that other searches run between two exact ones.
  for (const [i, query] of queries.entries())
    answers.push(await answerExactly(deps, query, largestK(i, ks), options))
  const probes = answers.filter(({ nearest }) => nearest.length > 0)
  // Under a filter, RediSearch chooses between HNSW and brute force by k. So an answer for 100 says nothing of 10.
  const shared = deps.filter === undefined ? [ks] : ks.map((k) => [k])
  const found = new Map<number, Found>()
  for (const some of shared) {
    const own = await findLeastEf(deps, { probes, standardErrors }, { ks: some, target }, options)
    for (const [k, one] of own) found.set(k, one)
  }
  return found
}

/** The source that needs the largest EF_RUNTIME. */
function selectHardest(bySource: readonly ReadonlyMap<number, Found>[], k: number): Found | undefined {
  const rankNeed = ({ efRuntime, measured, reaches }: Found) =>
    reaches ? efRuntime : 10_000 + (1 - measured)
  return bySource.flatMap((found) => found.get(k) ?? []).toSorted((a, b) => rankNeed(b) - rankNeed(a))[0]
}

function toMeasurement({ efRuntime, measured }: Found, ms = 0): Measurement {
  return { efRuntime, measured, ms }
}

type SearchHow = Pick<KnnQuery, 'efRuntime' | 'exact'>
type Search = (turn: number) => Promise<unknown>

function timedSearch(
  deps: MeasureDeps,
  queries: readonly Buffer[],
  how: SearchHow & { k: number },
  options?: CallOptions,
): Search {
  return async (turn) => {
    const vector = queries[turn % queries.length]
    if (vector !== undefined) await searchDistances(deps, { vector, ...how }, options)
  }
}

/** The median time of each, in milliseconds with three digits. In turns, so that a busy moment meets all of them. */
async function medianMsInTurns(searches: readonly Search[]): Promise<number[]> {
  const times: number[][] = searches.map(() => [])
  for (let turn = 0; turn < TIMED_RUNS; turn++) {
    for (const [i, search] of searches.entries()) {
      const startedAt = performance.now()
      await search(turn)
      times[i]?.push(performance.now() - startedAt)
    }
  }
  return times.map((own) => {
    const middle = own.toSorted((a, b) => a - b)[Math.floor(own.length / 2)] ?? 0
    return Math.round(middle * 1000) / 1000
  })
}
