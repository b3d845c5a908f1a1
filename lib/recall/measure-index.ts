import { AppError } from '../errors.ts'
import type { Measured, Recall } from '../index-state/recall-store.ts'
import type { CallOptions, Redis } from '../redis/redis.ts'
import { assertTimeLeft } from '../redis/with-deadline.ts'
import { EF_RUNTIME } from '../search/search-strategy.ts'
import { sampleUsers } from '../users/sample-users.ts'
import { type MeasureDeps, makeProbes, type Probe, recallOf } from './probes.ts'

export interface MeasureOptions {
  /** 0 up to 1, as Math.random. */
  random?: () => number
  /** What is not measured by then is left for the next time; what is under way is awaited, for the connection's sake. */
  timeMs?: number
}

/** A measurement only raises EF_RUNTIME. Each step costs a quarter more time a search, and beyond the last they get few. */
const EF_STEPS = [EF_RUNTIME, 160, 200, 256, 320, 400, 512, 640, 800, 1024]
/** A thousand neighbours tell recall to some 0.003. */
const MOST_PROBES = 100
const LEAST_PROBES = 20
/** Brute force takes 0.2 ns a component: a second for single queries, one for groups, 50 ms at once without a break. */
const COMPONENTS_OF_EACH = 4_000_000_000
const SAMPLE = 256

/**
 * Measures an index by its real name, whether anything leads to it or not. `before` is what is known of it. `options`
 * are of each query for itself: one that ends in the middle would take its connection with it.
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
  return { ...now, target, ...outcome, skipped: null }
}

type Outcome = Pick<Recall, 'probes' | 'efRuntime' | 'measured' | 'group'> | { skipped: string }

const NOTHING: Measured = { efRuntime: EF_RUNTIME, measured: null }
const UNMEASURED = { probes: 0, ...NOTHING, group: NOTHING }

async function measure(
  deps: MeasureDeps,
  { documents, target, random }: { documents: number; target: number; random: () => number },
  options?: CallOptions,
): Promise<Outcome> {
  const { dimensions } = deps.definition.vector
  const count = Math.min(MOST_PROBES, Math.floor(COMPONENTS_OF_EACH / (documents * dimensions)))
  if (count < LEAST_PROBES) {
    return { skipped: `Brute force over ${documents} × ${dimensions} components would hold Redis up` }
  }
  const sample = await sampleUsers(deps, SAMPLE, options)
  const single = await makeProbes(deps, sample, { count, members: 2, random }, options)
  const group = await makeProbes(deps, sample, { count, members: 5, random }, options)
  if (single.length === 0 || group.length === 0) {
    return { skipped: 'Expected two users or more whose vectors have a mean' }
  }
  return {
    probes: single.length,
    ...(await leastEf(deps, single, target, options)),
    group: await leastEf(deps, group, target, options),
  }
}

/** The first step that reaches the target; where none does, the last one with what it reaches. */
async function leastEf(
  deps: MeasureDeps,
  probes: readonly Probe[],
  target: number,
  options?: CallOptions,
): Promise<Measured> {
  let best: Measured = NOTHING
  for (const efRuntime of EF_STEPS) {
    const measured = await recallOf(deps, probes, efRuntime, options)
    best = { efRuntime, measured }
    if (measured >= target) break
  }
  return best
}

/** Time that is up is no fault: what is known stays. */
function whyTooLate(error: unknown): Outcome {
  if (error instanceof AppError && error.code === 'REDIS_TIMEOUT') return { skipped: error.message }
  throw error
}
