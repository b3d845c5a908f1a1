import { AppError } from '../errors.ts'
import type { Recall, RecallPoint } from '../index-state/recall-store.ts'
import type { CallOptions, Redis } from '../redis/redis.ts'
import { assertTimeLeft } from '../redis/with-deadline.ts'
import { sampleUsers } from '../users/sample-users.ts'
import { readAsked } from './asked-vectors.ts'
import { measureCurve, type ProbeSet } from './measure-curve.ts'
import { type MeasureDeps, makeQueries } from './probes.ts'

export interface MeasureOptions {
  /** 0 up to 1, as Math.random. */
  random?: () => number
  /** A measurement that takes longer is left for the next time. A query under way is awaited, to keep its connection. */
  timeMs?: number
}

const MOST_PROBES = 100
const LEAST_PROBES = 20
/** Brute force takes 0.2 ns a component: 0.8 s for each kind of probe, in pieces of 40 ms at most. */
const COMPONENTS_OF_EACH = 4_000_000_000
/** The longest piece for which brute force may hold Redis up: 80 ms. */
const COMPONENTS_AT_ONCE = 400_000_000
const SAMPLE = 256

/**
 * Measures an index by its real name, whether or not an alias leads to it. `before` is its last measurement. `options`
 * apply to each query by itself, because a query that ends in the middle takes its connection with it.
 */
export async function measureIndex(
  deps: MeasureDeps,
  {
    documents,
    before,
    random = Math.random,
    timeMs = 20_000,
  }: MeasureOptions & { documents: number; before: Recall | null },
  options?: CallOptions,
): Promise<Recall> {
  const target = deps.definition.vector.recallTarget
  const until = Date.now() + timeMs
  const redis: Redis = {
    async send(command, options) {
      assertTimeLeft(until)
      return deps.redis.send(command, options)
    },
  }
  const work = measure({ ...deps, redis }, { documents, target, random }, options)
  const outcome = await work.catch(whyTooLate)
  const now = { index: deps.index, at: new Date().toISOString() }
  if ('skipped' in outcome) return { ...now, ...(before ?? UNMEASURED), ...outcome, target }
  return { ...now, target, documents, ...outcome, skipped: null }
}

type Outcome = Pick<Recall, 'probes' | 'asked' | 'curve'> | { skipped: string }

const UNMEASURED = { documents: 0, probes: 0, asked: 0, curve: [] satisfies RecallPoint[] }

async function measure(
  deps: MeasureDeps,
  { documents, target, random }: { documents: number; target: number; random: () => number },
  options?: CallOptions,
): Promise<Outcome> {
  const components = documents * deps.definition.vector.dimensions
  if (components > COMPONENTS_AT_ONCE) {
    const { dimensions } = deps.definition.vector
    return { skipped: `Brute force over ${documents} × ${dimensions} components would hold Redis up` }
  }
  const affordable = Math.floor(COMPONENTS_OF_EACH / Math.max(1, components))
  const count = Math.min(MOST_PROBES, Math.max(LEAST_PROBES, affordable))
  const sample = await sampleUsers(deps, SAMPLE, options)
  const single = makeQueries(deps, sample, { count, members: 2, random })
  const group = makeQueries(deps, sample, { count, members: 5, random })
  if (single.length === 0 || group.length === 0) {
    return { skipped: 'Expected two users or more whose vectors have a mean' }
  }
  const asked = await readAsked(deps, count, options)
  const sets: { single: ProbeSet[]; group: ProbeSet[] } = {
    single: [single, asked.single],
    group: [group, asked.group],
  }
  return {
    probes: single.length,
    asked: asked.single.length + asked.group.length,
    curve: await measureCurve(deps, sets, { documents, target }, options),
  }
}

/** Time that is up is no fault: the measurement before stays. */
function whyTooLate(error: unknown): Outcome {
  if (error instanceof AppError && error.code === 'REDIS_TIMEOUT') return { skipped: error.message }
  throw error
}
