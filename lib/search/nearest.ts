import {
  DISTANCE,
  ftSearchKnnArgs,
  type KnnQuery,
  parseFtSearch,
  type SearchReply,
  type SearchRow,
} from '../redis/commands/ft-search.ts'
import type { CallOptions, Redis } from '../redis/redis.ts'
import { memberOf } from '../redis/reply.ts'

export interface NearestDeps {
  redis: Redis
  /** Whether brute force over all users that pass the filter is within the definition's bound. */
  mayCompareAll: () => Promise<boolean>
}

/**
 * Asks one KNN. If it finds fewer than k users, a second one asks by brute force. HNSW finds fewer for three reasons:
 * its graph may have unconnected parts (of 4,000 users with four different vectors, k 2,000 found 1,641), a stored zero
 * vector hides its neighbours, and an expired document takes a place. A k above the number of users leads to a second
 * KNN, too. It costs as many distances as rows are missing.
 *
 * `exact` says whether the rows are those of brute force.
 */
export async function findNearest(
  { redis, mayCompareAll }: NearestDeps,
  query: KnnQuery,
  options?: CallOptions,
): Promise<SearchReply & { exact: boolean }> {
  const first = parseFtSearch(await redis.send(ftSearchKnnArgs(query), options))
  const lost = first.rows.filter(({ distance }) => !Number.isFinite(distance))
  const isShort = first.rows.length - lost.length < query.k
  const mayBeMore = query.efRuntime !== undefined || lost.length > 0
  // A server that ran out of time has no time for brute force.
  if (!isShort || !mayBeMore || first.warnings.length > 0) return { ...first, exact: query.exact ?? false }
  if (!(await mayCompareAll())) {
    const warning = `HNSW found ${first.rows.length - lost.length} of ${query.k}, and brute force would hold the server up`
    return { ...first, warnings: [...first.warnings, warning], exact: false }
  }
  const again = ftSearchKnnArgs({ ...query, k: query.k + lost.length, exact: true })
  const exact = parseFtSearch(await redis.send(again, options))
  const found = exact.rows.filter(({ distance }) => Number.isFinite(distance))
  // Brute force skips users without a distance. The caller learns of these, and not of users that expired.
  return { ...exact, rows: [...found, ...lost.filter(isPoisoned)], exact: true }
}

/** A corrupt vector has the distance `-nan`. An expired document has no distance. */
function isPoisoned({ distance, values }: SearchRow): boolean {
  return memberOf(values, DISTANCE) != null && Number.isNaN(distance)
}
