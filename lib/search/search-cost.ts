import type { IndexDefinition } from '../definition.ts'
import { AppError } from '../errors.ts'
import type { IndexReading } from '../index-state/index-status.ts'
import { ftSearchMatchesArgs, parseFtSearch } from '../redis/commands/ft-search.ts'
import type { CallOptions, Redis } from '../redis/redis.ts'
import { type Filter, MATCH_ALL } from './filter.ts'

/** A candidate of HNSW costs some 2.4 µs at 384 dimensions: 0.25 s for one request. */
const MAX_CANDIDATES = 100_000

interface CostDeps {
  redis: Redis
  definition: IndexDefinition
  /** The real index. */
  index: string
  reading: IndexReading
}

/** How many components brute force compares: those of the users that pass the filter. It is counted only where all users are too many. */
export async function exactComponents(
  { redis, definition, index, reading }: CostDeps,
  filter: Filter,
  options?: CallOptions,
): Promise<number> {
  const { dimensions, exactComponents } = definition.vector
  const all = (reading.info?.documents ?? 0) * dimensions
  if (all <= exactComponents || filter.text === MATCH_ALL.text) return all
  const { total } = parseFtSearch(await redis.send(ftSearchMatchesArgs(index, filter), options))
  return total * dimensions
}

/** @throws AppError SEARCH_TOO_COSTLY for brute force over more than the definition allows in one request */
export function assertExactAffordable({ vector }: IndexDefinition, components: number): void {
  if (components <= vector.exactComponents) return
  const limits = `at most ${vector.exactComponents} components by brute force in a request`
  throw tooCostly(
    `Expected ${limits}, got ${components}: leave exact out, filter, or raise vector.exactComponents`,
  )
}

/** @throws AppError SEARCH_TOO_COSTLY when the searches of a request keep too many candidates together */
export function assertCandidatesAffordable(candidates: number): void {
  if (candidates <= MAX_CANDIDATES) return
  const limits = `at most ${MAX_CANDIDATES} candidates of HNSW in a request`
  throw tooCostly(
    `Expected ${limits}, got ${candidates}: ask for a smaller k, fewer searches, or a smaller efRuntime`,
  )
}

/** Brute force over a small index takes some 2 ms for each. */
const MAX_QUERIES = 200

/** @throws AppError SEARCH_TOO_COSTLY when the searches of a request have too many seeds by best_score together */
export function assertQueriesAffordable(queries: number): void {
  if (queries <= MAX_QUERIES) return
  throw tooCostly(
    `Expected at most ${MAX_QUERIES} queries in a request, got ${queries}: best_score has one for each seed`,
  )
}

function tooCostly(message: string): AppError {
  return new AppError('SEARCH_TOO_COSTLY', message)
}
