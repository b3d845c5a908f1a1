import type { Measurement, RecallPoint } from '../index-state/recall-store.ts'
import type { KnnQuery } from '../redis/commands/ft-search.ts'
import type { CallOptions } from '../redis/redis.ts'
import { type Found, findLeastEf, largestK } from './least-ef.ts'
import { answerExactly, type MeasureDeps, type Probe, searchDistances } from './probes.ts'

/** Queries from one source. Each source must reach the target by itself: an easy one would hide a hard one. */
export interface QuerySet {
  queries: readonly Buffer[]
  /** By how many of them the recall has to reach the target. */
  standardErrors: number
}

/** Audiences and exports request a thousand, a page requests ten. */
const KS = [10, 100, 1_000]
/** Each with another query, because Redis answers a repeated one from the processor's cache. The median counts. */
const TIMED_RUNS = 9

/**
 * Measures the least EF_RUNTIME for each k, for single queries and for groups, with the times of HNSW and brute
 * force.
 */
export async function measureCurve(
  deps: MeasureDeps,
  sets: { single: readonly QuerySet[]; group: readonly QuerySet[] },
  { documents, target }: { documents: number; target: number },
  options?: CallOptions,
): Promise<RecallPoint[]> {
  // If the index has fewer documents than k, brute force answers the search.
  const ks = KS.filter((k, i) => i === 0 || k < documents)
  const answerAllExactly = async (queries: readonly Buffer[]) => {
    const probes: Probe[] = []
    // One query at a time, so that other searches run between two exact ones.
    for (const [i, query] of queries.entries()) {
      probes.push(await answerExactly(deps, query, largestK(i, ks), options))
    }
    return probes.filter(({ nearest }) => nearest.length > 0)
  }
  const measureKind = async (kind: readonly QuerySet[]) => {
    const found: Map<number, Found>[] = []
    for (const { queries, standardErrors } of kind) {
      const probes = await answerAllExactly(queries)
      found.push(await findLeastEf(deps, { probes, standardErrors }, { ks, target }, options))
    }
    return {
      queries: kind[0]?.queries ?? [],
      found: new Map(ks.map((k) => [k, selectHardest(found.flatMap((one) => one.get(k) ?? []))])),
    }
  }
  const search = (
    queries: readonly Buffer[],
    turn: number,
    how: Pick<KnnQuery, 'k' | 'efRuntime' | 'exact'>,
  ) => searchDistances(deps, { vector: queries[turn % queries.length] ?? Buffer.alloc(0), ...how }, options)
  const single = await measureKind(sets.single)
  const group = await measureKind(sets.group)
  const points: RecallPoint[] = []
  for (const k of ks) {
    const [one, several] = [single.found.get(k), group.found.get(k)]
    if (one === undefined || several === undefined) continue
    const [oneMs, severalMs, exactMs] = await timeInTurns([
      (turn) => search(single.queries, turn, { k, efRuntime: one.efRuntime }),
      (turn) => search(group.queries, turn, { k, efRuntime: several.efRuntime }),
      (turn) => search(single.queries, turn, { k, exact: true }),
    ])
    points.push({ k, single: toMeasurement(one, oneMs), group: toMeasurement(several, severalMs), exactMs })
  }
  return points
}

/** The source that needs the largest EF_RUNTIME. */
function selectHardest(found: readonly Found[]): Found | undefined {
  const rankNeed = ({ efRuntime, measured, reaches }: Found) =>
    reaches ? efRuntime : 10_000 + (1 - measured)
  return found.toSorted((a, b) => rankNeed(b) - rankNeed(a))[0]
}

function toMeasurement({ efRuntime, measured }: Found, ms: number): Measurement {
  return { efRuntime, measured, ms }
}

/** The median time of each, in milliseconds with three digits. In turns, so that a busy moment meets all of them. */
async function timeInTurns(runs: readonly [Search, Search, Search]): Promise<[number, number, number]> {
  const times: [number[], number[], number[]] = [[], [], []]
  for (let turn = 0; turn < TIMED_RUNS; turn++) {
    for (const [i, run] of runs.entries()) {
      const startedAt = performance.now()
      await run(turn)
      times[i]?.push(performance.now() - startedAt)
    }
  }
  const [one, several, exact] = times
  return [medianOf(one), medianOf(several), medianOf(exact)]
}

type Search = (turn: number) => Promise<unknown>

function medianOf(times: readonly number[]): number {
  const middle = times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0
  return Math.round(middle * 1000) / 1000
}
