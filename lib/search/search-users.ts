import type { IndexDefinition } from '../definition.ts'
import { AppError } from '../errors.ts'
import type { CachedReading, ReadIndexCached } from '../index-state/index-reading-cache.ts'
import { liveDefinitionOf } from '../index-state/index-status.ts'
import { isSameForm } from '../index-state/live-definition.ts'
import type { CallOptions, Redis } from '../redis/redis.ts'
import type { Columns } from '../storage/storage.ts'
import { readUserVectors, type UserVectors } from '../users/user-vector.ts'
import { toBytes, toVector, type Vector } from '../vector.ts'
import { warningsOfStrategy, whatIsMissing } from './answer-warnings.ts'
import { type AskedVector, saveAskedArgs } from './asked-store.ts'
import { mergeReplies, withoutUnliked } from './best-score.ts'
import { compileFilter, type Filter, MATCH_ALL } from './filter.ts'
import { findNearest } from './nearest.ts'
import type { SearchAnswer } from './search-answer-schema.ts'
import {
  assertCandidatesAffordable,
  assertExactAffordable,
  assertQueriesAffordable,
  exactComponents,
} from './search-cost.ts'
import type { SearchRequest } from './search-request.ts'
import { columnsOf, toResults } from './search-results.ts'
import { chooseSearchStrategy, type SearchStrategy } from './search-strategy.ts'
import { isGroup, queryVector, type Seeds, seedsOf, seedUsers, seedVectors } from './seeds.ts'

export interface SearchDeps {
  redis: Redis
  definition: IndexDefinition
  readIndex: ReadIndexCached
  /** Whether a vector is kept for the next measurement of recall, at most one in ten seconds. */
  storesQueryVectors?: boolean
}

/** A request that is valid as far as this process can tell without Redis. */
interface Plan {
  request: SearchRequest
  seeds: Seeds
  /** The seeds that are users. */
  seedIds: ReadonlySet<string>
  filter: Filter
  columns: Columns
}

const NOBODY: UserVectors = new Map()

/** The data that all searches of a request share. */
interface Known {
  index: CachedReading
  /** The definition as the live index has it. */
  live: IndexDefinition
  users: UserVectors
}

/**
 * Finds the users nearest to a vector, a user or a group. The answer leaves out the seeds.
 *
 * @throws AppError VECTOR_*, FILTER_INVALID, FIELD_UNKNOWN, USER_NOT_FOUND, USER_NOT_SEARCHABLE, INDEX_MISSING, REDIS_*
 */
export async function searchUsers(
  deps: SearchDeps,
  request: SearchRequest,
  options?: CallOptions,
): Promise<SearchAnswer> {
  const startedAt = performance.now()
  const plan = planSearch(deps.definition, request)
  // Most searches wait for nothing here. An await that is not needed takes the time of a promise.
  const reading = readKnown(deps, [plan], options)
  const known = reading instanceof Promise ? await reading : reading
  const affordable = affordableStrategies(deps, [plan], known, options)
  const [strategy] = Array.isArray(affordable) ? affordable : await affordable
  // A promise that an async function returns without await takes two more turns.
  return await answer(deps, plan, strategy, known, startedAt, options)
}

/**
 * Runs several searches at once. Commands that are sent in one tick go to Redis in one piece. An invalid search refuses
 * all of them before Redis is asked. A user that does not exist is the outcome of its search alone.
 *
 * @throws AppError the same, without USER_*; its paths begin with `searches[i].`
 */
export async function searchBatch(
  deps: SearchDeps,
  requests: readonly SearchRequest[],
  options?: CallOptions,
): Promise<(SearchAnswer | AppError)[]> {
  const startedAt = performance.now()
  const plans = requests.map((request, i) =>
    within(`searches[${i}]`, () => planSearch(deps.definition, request)),
  )
  const known = await readKnown(deps, plans, options)
  const strategies = await affordableStrategies(deps, plans, known, options)
  return Promise.all(
    plans.map((plan, i) =>
      answer(deps, plan, strategies[i], known, startedAt, options).catch((error: unknown) => {
        if (error instanceof AppError && error.status < 500) return error
        throw error
      }),
    ),
  )
}

function planSearch(definition: IndexDefinition, request: SearchRequest): Plan {
  const seeds = seedsOf(request, definition.vector)
  return {
    request,
    seeds,
    seedIds: new Set(seedUsers(seeds)),
    filter: request.filter === undefined ? MATCH_ALL : compileFilter(definition, request.filter),
    columns: columnsOf(definition, request),
  }
}

/** At once if no search names a user, and the index was read lately. */
function readKnown(deps: SearchDeps, plans: readonly Plan[], options?: CallOptions): Known | Promise<Known> {
  const index = deps.readIndex(options)
  const isWithoutUsers = plans.every(({ seedIds }) => seedIds.size === 0)
  if (!isWithoutUsers) return readUsers(deps, index, plans, options)
  const withoutUsers = (read: CachedReading) => ({
    index: read,
    live: liveDefinitionOf(deps.definition, read),
    users: NOBODY,
  })
  return index instanceof Promise ? index.then(withoutUsers) : withoutUsers(index)
}

async function readUsers(
  deps: SearchDeps,
  reading: CachedReading | Promise<CachedReading>,
  plans: readonly Plan[],
  options?: CallOptions,
): Promise<Known> {
  const ids = plans.flatMap(({ seedIds }) => [...seedIds])
  const [index, users] = await Promise.all([reading, readUserVectors(deps, ids, options)])
  const live = liveDefinitionOf(deps.definition, index)
  if (isSameForm(live, deps.definition)) return { index, live, users }
  // The users are still stored as the live index needs them, not as the deployed definition says.
  return { index, live, users: await readUserVectors({ ...deps, definition: live }, ids, options) }
}

/**
 * At once, unless brute force has to be counted first.
 *
 * @throws AppError SEARCH_TOO_COSTLY when the searches of a request would hold Redis up together
 */
function affordableStrategies(
  { redis }: SearchDeps,
  plans: readonly Plan[],
  { index, live }: Known,
  options?: CallOptions,
): SearchStrategy[] | Promise<SearchStrategy[]> {
  const queries = plans.reduce((sum, plan) => sum + queryCount(plan), 0)
  assertQueriesAffordable(queries)
  const strategies = plans.map((plan) => chooseSearchStrategy(live, ...oneQueryOf(plan), index, queries))
  assertCandidatesAffordable(
    plans.reduce((sum, plan, i) => sum + (strategies[i]?.efRuntime ?? 0) * queryCount(plan), 0),
  )
  const exact = plans.filter(({ request }) => request.exact)
  if (exact.length === 0) return strategies
  const deps = { redis, definition: live, index: index.info?.name ?? live.name, reading: index }
  const components = exact.map(
    async (plan) => (await exactComponents(deps, plan.filter, options)) * queryCount(plan),
  )
  return Promise.all(components).then((all) => {
    assertExactAffordable(
      live,
      all.reduce((sum, one) => sum + one, 0),
    )
    return strategies
  })
}

/** How many queries of Redis a search is: one, or by best_score one for each seed. */
function queryCount({ request, seeds }: Plan): number {
  return request.strategy === 'best_score' ? seeds.like.length : 1
}

/** By best_score each query is that of a single seed, and leaves room for all of them. */
function oneQueryOf(plan: Plan): [SearchRequest, Seeds] {
  const { request, seeds } = plan
  if (request.strategy !== 'best_score') return [request, seeds]
  return [
    { ...request, k: wantedRows(plan) },
    { like: seeds.like.slice(0, 1), unlike: [] },
  ]
}

/** The seeds are among the nearest, and must not take a place. Users that are nearer to a member of unlike take as many more. */
function wantedRows({ request: { k, strategy }, seeds, seedIds }: Plan): number {
  const room = strategy === 'best_score' && seeds.unlike.length > 0 ? k : 0
  return k + room + seedIds.size
}

async function answer(
  deps: SearchDeps,
  plan: Plan,
  { warning, exact, efRuntime }: SearchStrategy = {},
  { index, live, users }: Known,
  startedAt: number,
  options?: CallOptions,
): Promise<SearchAnswer> {
  const { redis, definition, readIndex } = deps
  const { request, seeds, seedIds, filter } = plan
  const isBestScore = request.strategy === 'best_score'
  const members = seedVectors(seeds, users)
  const queries = isBestScore ? members.like : [queryVector(seeds, users, definition.vector)]
  // The seeds are among the nearest. They must not take the places of other users.
  const k = wantedRows(plan)
  const {
    name,
    vector: { alias: vectorAlias },
  } = live
  const isLive = live === definition
  const columns = isLive ? plan.columns : columnsOf(live, request)
  const { returned } = columns
  // The search names the version that was read. The alias may lead to another one by now.
  const version = index.info?.name ?? name
  const bytesOf = (vector: Vector) =>
    toBytes(isLive ? vector : toVector(vector, live.vector), live.vector.type)
  const costDeps = { redis, definition: live, index: version, reading: index }
  const nearestDeps = {
    redis,
    mayCompareAll: async () =>
      (await exactComponents(costDeps, filter, options)) * queries.length <= live.vector.exactComponents,
  }
  const nearestOptions = { ...options, ...columns.options, undecoded: true }
  // Before the first search starts: the live index may refuse a vector, and then no code would await that search.
  const vectors = queries.map(bytesOf)
  const searches = vectors.map((vector) => {
    const knn = { index: version, vectorAlias, vector, k, filter, returned, exact, efRuntime }
    return findNearest(nearestDeps, knn, nearestOptions)
  })
  const saved =
    deps.storesQueryVectors &&
    index.isFresh &&
    vectors[0] !== undefined &&
    keepAsked(redis, live, { vector: vectors[0], isGroup: !isBestScore && isGroup(seeds) }, options)
  let replies: Awaited<(typeof searches)[number]>[]
  try {
    const [first, ...others] = searches
    replies = first !== undefined && others.length === 0 ? [await first] : await Promise.all(searches)
  } catch (error) {
    // The index was dropped since it was read. An index that is built under its name must not count as ready.
    if (error instanceof AppError && error.code === 'INDEX_MISSING') readIndex.forget()
    throw error
  }
  if (saved) await saved

  const [only] = replies
  const merged = replies.length === 1 && only !== undefined ? only : mergeReplies(replies)
  const unlike = isBestScore ? members.unlike.map(bytesOf) : []
  const rows =
    unlike.length === 0
      ? merged.rows
      : await withoutUnliked(redis, { index: version, vectorAlias, unlike }, merged.rows, options)
  const reply = { ...merged, rows }
  const { results, dropped } = toResults(live, rows, columns)
  const { maxDistance = Number.POSITIVE_INFINITY } = request
  const lacks = whatIsMissing(reply, index, dropped + reply.dropped)
  const near = results.filter(({ id, distance }) => !seedIds.has(id) && distance <= maxDistance)
  const unliked = merged.rows.length - rows.length
  // Each of the queries was full, so users behind its last one may belong here.
  if (
    near.length < request.k &&
    unliked > 0 &&
    replies.some((one) => one.rows.length >= k) &&
    maxDistance === Number.POSITIVE_INFINITY
  )
    lacks.push(`${unliked} of the nearest users are nearer to unlike: ask for a larger k to find others`)
  return {
    results: near.slice(0, request.k),
    complete: lacks.length === 0,
    // A warning of a filter or of recall does not make an answer incomplete: another request would not change it.
    warnings: [
      ...lacks,
      ...filter.warnings,
      ...(warning === undefined || reply.exact ? [] : [warning]),
      ...warningsOfStrategy(request, members, live.vector.metric),
    ],
    method: methodOf(live, replies, efRuntime),
    index: { name, state: index.state, percentIndexed: index.percentIndexed, ageMs: index.ageMs },
    tookMs: Math.round((performance.now() - startedAt) * 10) / 10,
  }
}

function methodOf(
  { vector }: IndexDefinition,
  replies: readonly { exact: boolean }[],
  efRuntime: number | undefined,
): SearchAnswer['method'] {
  const exact = vector.algorithm === 'FLAT' || replies.every((reply) => reply.exact)
  return { exact, efRuntime: exact ? null : (efRuntime ?? null) }
}

/** A vector that is not kept is no loss: the measurement of recall has others. */
async function keepAsked(
  redis: Redis,
  definition: IndexDefinition,
  asked: AskedVector,
  options?: CallOptions,
): Promise<void> {
  await redis.send(saveAskedArgs(definition, asked), { ...options, once: true }).catch(() => {})
}

/** Runs the work, and puts the place in front of the paths in its error. */
function within<T>(place: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const problems = error.problems.map(({ path, message }) => ({ path: `${place}.${path}`, message }))
    throw new AppError(error.code, `${error.message} in ${place}`, { cause: error.cause, problems })
  }
}
