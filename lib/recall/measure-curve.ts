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
 * About 1,000 neighbours in all determine recall to some 0.003. The more neighbours a query has, the fewer queries
 * are needed.
 */
const MAX_PROBES_BY_K: Record<number, number> = { 10: 100, 100: 40, 1000: 20 }
/**
 * A sample of 1,000 neighbours shows a recall that is up to 0.003 too high. So EF_RUNTIME must find more than the
 * target: of the users that it allows to miss, only this share. Of 20,000 users, the sample had 0.992 where 3,000 other
 * neighbours had 0.9897.
 */
const MISSED_SHARE = 0.7
/** Brute force takes the same time for every query. */
const TIMED_RUNS = 5

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
    const found: Map<number, Measurement>[] = []
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
  const query = sets.single[0]?.[0]
  const points: RecallPoint[] = []
  for (const k of ks) {
    const [one, several] = [single.get(k), group.get(k)]
    if (one === undefined || several === undefined || query === undefined) continue
    const exactMs = await medianMs(() => searchDistances(deps, { vector: query, k, exact: true }, options))
    points.push({ k, single: one, group: several, exactMs })
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
): Promise<Map<number, Measurement>> {
  const reached = new Map<number, Measurement>()
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
): Promise<Map<number, Measurement>> {
  const [least] = ks
  if (least === undefined) return new Map()
  const used = probes.slice(0, MAX_PROBES_BY_K[least])
  const answers: { found: number[]; k: number; ms: number }[] = []
  const allowed = new Map(
    ks.map((k) => [k, (1 - giveUpAt) * k * Math.min(used.length, MAX_PROBES_BY_K[k] ?? 0)]),
  )
  for (const [i, probe] of used.entries()) {
    // HNSW collects `efRuntime` candidates, so one answer gives the recall for every smaller k.
    const k = largestK(i, ks)
    const startedAt = performance.now()
    const found = await searchDistances(deps, { vector: probe.vector, k, efRuntime }, options)
    answers.push({ found, k, ms: performance.now() - startedAt })
    for (const [one, left] of allowed)
      if (one <= k) allowed.set(one, left - one * (1 - recallAt([probe], [found], one)))
    if ([...allowed.values()].every((left) => left < 0)) break
  }
  const measureK = (k: number): Measurement => {
    const own = answers.slice(0, MAX_PROBES_BY_K[k])
    const found = own.map((one) => one.found)
    // For a smaller k, only answers of exactly that length give its time.
    const times = own.filter((one) => one.k === k)
    const ms = median((times.length > 0 ? times : own).map((one) => one.ms))
    return { efRuntime, measured: recallAt(used, found, k), ms }
  }
  return new Map(ks.map((k) => [k, measureK(k)]))
}

/** The largest k that uses this probe. */
function largestK(probe: number, ks: readonly number[]): number {
  return ks.findLast((k) => probe < (MAX_PROBES_BY_K[k] ?? 0)) ?? ks[0] ?? 10
}

/** The source that needs the largest EF_RUNTIME. */
function selectHardest(found: readonly Measurement[], aim: number): Measurement | undefined {
  const rankNeed = ({ efRuntime, measured }: Measurement) =>
    measured < aim ? 10_000 + (1 - measured) : efRuntime
  return found.toSorted((a, b) => rankNeed(b) - rankNeed(a))[0]
}

async function medianMs(run: () => Promise<unknown>): Promise<number> {
  const took: number[] = []
  for (let i = 0; i < TIMED_RUNS; i++) {
    const startedAt = performance.now()
    await run()
    took.push(performance.now() - startedAt)
  }
  return median(took)
}

/** In thousandths. */
function median(values: readonly number[]): number {
  const middle = values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
  return Math.round(middle * 1000) / 1000
}
