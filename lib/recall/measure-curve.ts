import type { Measurement, RecallPoint } from '../index-state/recall-store.ts'
import type { CallOptions } from '../redis/redis.ts'
import { EF_RUNTIME } from '../search/search-strategy.ts'
import { answerExactly, type MeasureDeps, type Probe, recallAt, searchDistances } from './probes.ts'

/** Queries from one source. Each source must reach the target by itself: an easy one would hide a hard one. */
export type ProbeSet = readonly Buffer[]

/** Audiences and exports request a thousand, a page requests ten. */
const KS = [10, 100, 1_000]
/** Each step makes a search a quarter slower. Few queries need the last steps. */
const EF_STEPS = [
  ...[EF_RUNTIME, 160, 200, 256, 320, 400, 512, 640, 800, 1024],
  ...[1280, 1600, 2048, 2560, 3200, 4096],
]
/**
 * 2,000 neighbours in all determine recall to some 0.003. The more neighbours a query has, the fewer queries are needed.
 */
const MAX_PROBES_BY_K: Record<number, number> = { 10: 200, 100: 40, 1000: 20 }
/**
 * The least EF_RUNTIME that reaches a recall in the sample has less with other queries: 0.994 by the sample, 0.988 by
 * 150 other groups; 0.992 and 0.9897 for single queries. So of the users that the target allows to miss, the sample may
 * miss only this share.
 */
const MISSED_SHARE = 0.6
/** The fastest of so many counts: other clients of Redis only make a search slower. */
const TIMED_RUNS = 5

/** An EF_RUNTIME and the recall that it has. */
type Found = Omit<Measurement, 'ms'>

/**
 * Measures the least EF_RUNTIME for each k, for single queries and for groups, with the times of HNSW and brute
 * force.
 */
export async function measureCurve(
  deps: MeasureDeps,
  sets: { single: readonly ProbeSet[]; group: readonly ProbeSet[] },
  { documents, target }: { documents: number; target: number },
  options?: CallOptions,
): Promise<RecallPoint[]> {
  const aim = 1 - (1 - target) * MISSED_SHARE
  // If the index has fewer documents than k, brute force answers the search.
  const ks = KS.filter((k, i) => i === 0 || k < documents)
  const answerAllExactly = async (queries: ProbeSet) => {
    const probes: Probe[] = []
    // One query at a time, so that other searches run between two exact ones.
    for (const [i, query] of queries.entries()) {
      probes.push(await answerExactly(deps, query, largestK(i, ks), options))
    }
    return probes.filter(({ nearest }) => nearest.length > 0)
  }
  const measureKind = async (kind: readonly ProbeSet[]) => {
    const found: Map<number, Found>[] = []
    for (const queries of kind)
      found.push(await findLeastEf(deps, await answerAllExactly(queries), { ks, aim }, options))
    return new Map(
      ks.map((k) => [
        k,
        selectHardest(
          found.flatMap((one) => one.get(k) ?? []),
          aim,
        ),
      ]),
    )
  }
  const single = await measureKind(sets.single)
  const group = await measureKind(sets.group)
  const points: RecallPoint[] = []
  for (const k of ks) {
    const [one, several] = [single.get(k), group.get(k)]
    const [query, mean] = [sets.single[0]?.[0], sets.group[0]?.[0]]
    if (one === undefined || several === undefined || query === undefined || mean === undefined) continue
    const [oneMs, severalMs, exactMs] = await timeInTurns([
      () => searchDistances(deps, { vector: query, k, efRuntime: one.efRuntime }, options),
      () => searchDistances(deps, { vector: mean, k, efRuntime: several.efRuntime }, options),
      () => searchDistances(deps, { vector: query, k, exact: true }, options),
    ])
    points.push({ k, single: { ...one, ms: oneMs }, group: { ...several, ms: severalMs }, exactMs })
  }
  return points
}

/**
 * For each k, the first step that reaches the aim, or the middle between it and the step before if that reaches it,
 * too. If no step does, the last step and its recall.
 */
async function findLeastEf(
  deps: MeasureDeps,
  probes: readonly Probe[],
  { ks, aim }: { ks: readonly number[]; aim: number },
  options?: CallOptions,
): Promise<Map<number, Found>> {
  const reached = new Map<number, Found>()
  const tooFew = new Map<number, number>()
  if (probes.length === 0) return reached
  for (const efRuntime of EF_STEPS) {
    const left = ks.filter((k) => k <= efRuntime && (reached.get(k)?.measured ?? 0) < aim)
    if (left.length === 0 && ks.every((k) => k <= efRuntime)) break
    // The last step is measured to its end: its recall is what a warning says.
    const giveUpAt = efRuntime === EF_STEPS.at(-1) ? 0 : aim
    for (const [k, found] of await measureAt(deps, probes, { ks: left, efRuntime, giveUpAt }, options)) {
      reached.set(k, found)
      if (found.measured < aim) tooFew.set(k, efRuntime)
    }
  }
  for (const [k, { efRuntime, measured }] of reached) {
    const below = tooFew.get(k)
    if (below === undefined || measured < aim) continue
    const middle = Math.round((below + efRuntime) / 2)
    const tried = { ks: [k], efRuntime: middle, giveUpAt: aim }
    const found = (await measureAt(deps, probes, tried, options)).get(k)
    if (found !== undefined && found.measured >= aim) reached.set(k, found)
  }
  return reached
}

/**
 * The recall of HNSW with this EF_RUNTIME at each of these k, ascending. It ends early when each k has missed so many
 * that its recall stays below `giveUpAt`; then the recall is that of the queries so far.
 */
async function measureAt(
  deps: MeasureDeps,
  probes: readonly Probe[],
  { ks, efRuntime, giveUpAt }: { ks: readonly number[]; efRuntime: number; giveUpAt: number },
  options?: CallOptions,
): Promise<Map<number, Found>> {
  const [least] = ks
  if (least === undefined) return new Map()
  const used = probes.slice(0, MAX_PROBES_BY_K[least])
  const answers: number[][] = []
  const allowed = new Map(
    ks.map((k) => [k, (1 - giveUpAt) * k * Math.min(used.length, MAX_PROBES_BY_K[k] ?? 0)]),
  )
  for (const [i, probe] of used.entries()) {
    // HNSW collects `efRuntime` candidates, so one answer gives the recall for every smaller k.
    const k = largestK(i, ks)
    const found = await searchDistances(deps, { vector: probe.vector, k, efRuntime }, options)
    answers.push(found)
    for (const [one, left] of allowed)
      if (one <= k) allowed.set(one, left - one * (1 - recallAt([probe], [found], one)))
    if ([...allowed.values()].every((left) => left < 0)) break
  }
  const recallOf = (k: number) => recallAt(used, answers.slice(0, MAX_PROBES_BY_K[k]), k)
  return new Map(ks.map((k) => [k, { efRuntime, measured: recallOf(k) }]))
}

/** The largest k that uses this probe. */
function largestK(probe: number, ks: readonly number[]): number {
  return ks.findLast((k) => probe < (MAX_PROBES_BY_K[k] ?? 0)) ?? ks[0] ?? 10
}

/** The source that needs the largest EF_RUNTIME. */
function selectHardest(found: readonly Found[], aim: number): Found | undefined {
  const rankNeed = ({ efRuntime, measured }: Found) => (measured < aim ? 10_000 + (1 - measured) : efRuntime)
  return found.toSorted((a, b) => rankNeed(b) - rankNeed(a))[0]
}

/**
 * The least time of each, in milliseconds with three digits. In turns, so that a busy moment of the server meets all of
 * them.
 */
async function timeInTurns(runs: readonly [Search, Search, Search]): Promise<[number, number, number]> {
  const least: [number, number, number] = [Infinity, Infinity, Infinity]
  for (let turn = 0; turn < TIMED_RUNS; turn++) {
    for (const [i, run] of runs.entries()) {
      const startedAt = performance.now()
      await run()
      least[i] = Math.min(least[i] ?? Infinity, performance.now() - startedAt)
    }
  }
  const [one, several, exact] = least
  return [round(one), round(several), round(exact)]
}

type Search = () => Promise<unknown>

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
