import { AppError } from '../errors.ts'
import type { Recall, RecallPoint } from '../index-state/recall-store.ts'
import type { CallOptions, Redis } from '../redis/redis.ts'
import { assertTimeLeft } from '../redis/with-deadline.ts'
import { FILTERED_EXACT } from '../search/search-strategy.ts'
import { sampleUsers } from '../users/sample-users.ts'
import { toBytes } from '../vector.ts'
import { readQueryVectors } from './asked-vectors.ts'
import { findHalfFilter } from './half-filter.ts'
import { MIN_PROBES } from './least-ef.ts'
import { measureCurve, type QuerySet, type Sets } from './measure-curve.ts'
import { mixQueries } from './mixed-queries.ts'
import { type MeasureDeps, makeQueries } from './probes.ts'

export interface MeasureOptions {
  /** Returns 0 up to 1, as Math.random does. */
  random?: () => number
  /**
   * Skips a measurement that takes longer; the next check tries again. It awaits the query under way, so that its
   * connection stays usable.
   */
  timeMs?: number
}

/** The scheduled check has so much time for it (functions/check-index.ts). */
export const MEASURE_MS = 90_000
const MAX_PROBES = 400
/**
 * By so many of them, the recall of queries that are made from users has to reach the target. By 2, searches of
 * `npm run bench:growth` found 0.985 once. By 2.5, they take up to 1.5 times as long as they had to. The few that were really asked have to reach it by their mean: their
 * standard error would ask for no miss at all.
 */
const STANDARD_ERRORS = 2.5
/**
 * Brute force takes 0.2 ns per component: 3 s for each kind of probe, in pieces of at most 80 ms. 400,000 users of 384
 * dimensions have 104 probes. A quarter of them chose 1,152 candidates for k 10 once and 2,304 another time.
 */
const COMPONENTS_PER_KIND = 16_000_000_000
/** The longest time that one brute-force search may block Redis is 80 ms. */
const MAX_COMPONENTS_PER_SEARCH = 400_000_000
/** A group of five for each of the queries. Of more than 400 dimensions it is fewer users, to be read in some seconds. */
const MAX_SAMPLE = 2_000
const MIN_SAMPLE = 256
const SAMPLE_COMPONENTS = 800_000
/** The values of so many users show how a field divides all of them. */
const VALUES = 512
/** Searches by a user. Of 20,000 users their 1,000 nearest need a quarter more candidates than those of a mean do. */
const STORED = 100

/**
 * Measures an index by its real name, with or without an alias. `before` is its last measurement. `options` apply to
 * each query, because a query that times out ends its connection.
 */
export async function measureIndex(
  deps: MeasureDeps,
  {
    documents,
    before,
    random = Math.random,
    timeMs = MEASURE_MS,
  }: MeasureOptions & { documents: number; before: Recall | null },
  options?: CallOptions,
): Promise<Recall> {
  const target = deps.definition.vector.recallTarget
  const startedAt = Date.now()
  const until = startedAt + timeMs
  const redis: Redis = {
    async send(command, options) {
      assertTimeLeft(until)
      return deps.redis.send(command, options)
    },
  }
  const work = measure({ ...deps, redis }, { documents, target, random }, options)
  const outcome = await work.catch(toSkipped)
  const now = { index: deps.index, at: new Date().toISOString() }
  const tookMs = Date.now() - startedAt
  if ('skipped' in outcome) {
    return { ...now, ...(before ?? UNMEASURED), ...outcome, target, lastAttempt: { at: now.at, tookMs } }
  }
  return { ...now, target, documents, ...outcome, tookMs, skipped: null, lastAttempt: null }
}

type Outcome = Pick<Recall, 'probes' | 'asked' | 'curve'> | { skipped: string }

const UNMEASURED = { documents: 0, probes: 0, asked: 0, tookMs: 0, curve: [] satisfies RecallPoint[] }

async function measure(
  deps: MeasureDeps,
  { documents, target, random }: { documents: number; target: number; random: () => number },
  options?: CallOptions,
): Promise<Outcome> {
  const components = documents * deps.definition.vector.dimensions
  if (components > MAX_COMPONENTS_PER_SEARCH) {
    const { dimensions } = deps.definition.vector
    return {
      skipped: `Brute force over ${documents} × ${dimensions} components would block Redis for more than 80 ms`,
    }
  }
  const affordable = Math.floor(COMPONENTS_PER_KIND / Math.max(1, components))
  const count = Math.min(MAX_PROBES, Math.max(MIN_PROBES, affordable))
  const fitting = Math.floor(SAMPLE_COMPONENTS / deps.definition.vector.dimensions)
  const size = Math.min(MAX_SAMPLE, Math.max(MIN_SAMPLE, fitting))
  const sample = await sampleUsers(deps, size, options)
  const single = makeQueries(deps, sample, { count, members: 2, random })
  const group = makeQueries(deps, sample, { count, members: 5, random })
  if (single.length === 0 || group.length === 0) {
    return { skipped: 'Expected at least two users with vectors that have a mean, got fewer' }
  }
  const stored = [...sample.values()]
    .slice(0, Math.min(count, STORED))
    .map((vector) => toBytes(vector, deps.definition.vector.type))
  const mixed = mixQueries(deps.definition, sample, { count, random })
  const asked = await readQueryVectors(deps, count, options)
  const fromUsers = (queries: readonly Buffer[]): QuerySet => ({ queries, standardErrors: STANDARD_ERRORS })
  const fromSearches = (queries: readonly Buffer[]): QuerySet => ({ queries, standardErrors: 0 })
  const mayFilter = components * FILTERED_EXACT <= MAX_COMPONENTS_PER_SEARCH
  const filter = mayFilter
    ? await findHalfFilter(deps, [...sample.keys()].slice(0, VALUES), documents, options)
    : undefined
  const sets: Sets = {
    single: [fromUsers(single), fromUsers(stored), fromUsers(mixed), fromSearches(asked.single)],
    group: [fromUsers(group), fromSearches(asked.group)],
    filtered: filter && { filter, single: fromUsers(single.slice(0, count / FILTERED_EXACT)) },
  }
  return {
    probes: single.length + stored.length + mixed.length,
    asked: asked.single.length + asked.group.length,
    curve: await measureCurve(deps, sets, { documents, target }, options),
  }
}

/** A timeout is no fault: the previous measurement stays. */
function toSkipped(error: unknown): Outcome {
  if (error instanceof AppError && error.code === 'REDIS_TIMEOUT') return { skipped: error.message }
  throw error
}
