import type { Measured, RecallPoint } from '../index-state/recall-store.ts'
import type { CallOptions } from '../redis/redis.ts'
import { EF_RUNTIME } from '../search/search-strategy.ts'
import { ask, type MeasureDeps, type Probe, recallAt, solve } from './probes.ts'

/** Queries of one origin. Each origin must reach the target by itself: an easy one would hide a hard one. */
export type ProbeSet = readonly Buffer[]

/** Audiences and exports ask for a thousand, a page for ten. */
const KS = [10, 100, 1_000]
/** Each step costs a quarter more time a search; few queries need those at the end. */
const EF_STEPS = [
  ...[EF_RUNTIME, 160, 200, 256, 320, 400, 512, 640, 800, 1024],
  ...[1280, 1600, 2048, 2560, 3200, 4096],
]
/** The more neighbours a query has, the fewer queries tell recall to some 0.003: 1,000 neighbours in all. */
const PROBES_AT_MOST: Record<number, number> = { 10: 100, 100: 40, 1000: 20 }
/** Brute force takes the same time for each query. */
const TIMED = 3

/** The least EF_RUNTIME for each k, for single queries and for groups, and what each costs beside brute force. */
export async function measureCurve(
  deps: MeasureDeps,
  sets: { single: readonly ProbeSet[]; group: readonly ProbeSet[] },
  { documents, target }: { documents: number; target: number },
  options?: CallOptions,
): Promise<RecallPoint[]> {
  // With fewer documents, k is all of them: a search for more is answered by brute force.
  const ks = KS.filter((k, i) => i === 0 || k < documents)
  const solved = async (queries: ProbeSet) => {
    const probes: Probe[] = []
    // One at a time, so that searches get their turn between two exact ones.
    for (const [i, query] of queries.entries()) {
      probes.push(await solve(deps, query, largestFor(i, ks), options))
    }
    return probes.filter(({ nearest }) => nearest.length > 0)
  }
  const measureKind = async (kind: readonly ProbeSet[]) => {
    const found: Map<number, Measured>[] = []
    for (const queries of kind)
      found.push(await leastEf(deps, await solved(queries), { ks, target }, options))
    return new Map(
      ks.map((k) => [
        k,
        hardest(
          found.flatMap((one) => one.get(k) ?? []),
          target,
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
    const exactMs = await medianMs(() => ask(deps, { vector: query, k, exact: true }, options))
    points.push({ k, single: one, group: several, exactMs })
  }
  return points
}

/** For each k the first step that reaches the target; where none does, the last one with what it reaches. */
async function leastEf(
  deps: MeasureDeps,
  probes: readonly Probe[],
  { ks, target }: { ks: readonly number[]; target: number },
  options?: CallOptions,
): Promise<Map<number, Measured>> {
  const reached = new Map<number, Measured>()
  if (probes.length === 0) return reached
  for (const efRuntime of EF_STEPS) {
    const left = ks.filter((k) => k <= efRuntime && (reached.get(k)?.measured ?? 0) < target)
    const [least] = left
    if (least === undefined) {
      if (ks.every((k) => k <= efRuntime)) break
      continue
    }
    const asked = probes.slice(0, PROBES_AT_MOST[least])
    const answers: { found: number[]; k: number; ms: number }[] = []
    for (const [i, { vector }] of asked.entries()) {
      // HNSW keeps `efRuntime` candidates, so one answer tells the recall at every k below it.
      const k = largestFor(i, left)
      const startedAt = performance.now()
      const found = await ask(deps, { vector, k, efRuntime }, options)
      answers.push({ found, k, ms: performance.now() - startedAt })
    }
    for (const k of left) {
      const own = answers.slice(0, PROBES_AT_MOST[k])
      const measured = recallAt(
        asked,
        own.map(({ found }) => found),
        k,
      )
      // The time of a smaller k is that of the answers which are no longer than they need to be.
      const times = own.filter((one) => one.k === k)
      reached.set(k, {
        efRuntime,
        measured,
        ms: median((times.length > 0 ? times : own).map(({ ms }) => ms)),
      })
    }
  }
  return reached
}

/** The largest k whose recall the probe takes part in. */
function largestFor(probe: number, ks: readonly number[]): number {
  return ks.findLast((k) => probe < (PROBES_AT_MOST[k] ?? 0)) ?? ks[0] ?? 10
}

/** Of several origins the one that needs the most. */
function hardest(found: readonly Measured[], target: number): Measured | undefined {
  const need = ({ efRuntime, measured }: Measured) =>
    measured < target ? 10_000 + (1 - measured) : efRuntime
  return found.toSorted((a, b) => need(b) - need(a))[0]
}

async function medianMs(run: () => Promise<unknown>): Promise<number> {
  const took: number[] = []
  for (let i = 0; i < TIMED; i++) {
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
