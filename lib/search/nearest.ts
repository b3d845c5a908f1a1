import {
  DISTANCE,
  ftSearchKnnArgs,
  type KnnQuery,
  parseFtSearch,
  type SearchReply,
  type SearchRow,
} from '../redis/commands/ft-search.ts'
import type { CallOptions, Redis } from '../redis/redis.ts'

export interface NearestOptions extends CallOptions {
  /** Whether brute force over all users that pass the filter is within the definition's bound. */
  mayCompareAll: () => Promise<boolean>
}

/**
 * The answer of one KNN, or, where that leaves places empty, of a second by brute force. HNSW walks a graph that hangs
 * together by chance (of 4,000 users with four different vectors, k 2,000 found 1,641), a stored zero vector hides its
 * neighbours, and a document that has expired takes a place. Who asks for more than there are is asked twice, too; it
 * costs as many distances as rows are missing.
 *
 * Says whether brute force had the last word.
 */
export async function findNearest(
  redis: Redis,
  query: KnnQuery,
  { mayCompareAll, ...options }: NearestOptions,
): Promise<SearchReply & { exact: boolean }> {
  const ask = async (asked: KnnQuery) => parseFtSearch(await redis.send(ftSearchKnnArgs(asked), options))
  const first = await ask(query)
  const lost = first.rows.filter(({ distance }) => !Number.isFinite(distance))
  const isShort = first.rows.length - lost.length < query.k
  const mayBeMore = query.efRuntime !== undefined || lost.length > 0
  // A server that ran out of time has none for brute force.
  if (!isShort || !mayBeMore || first.warnings.length > 0) return { ...first, exact: query.exact ?? false }
  if (!(await mayCompareAll())) {
    const warning = `HNSW found ${first.rows.length - lost.length} of ${query.k}, and brute force would hold the server up`
    return { ...first, warnings: [...first.warnings, warning], exact: false }
  }
  const exact = await ask({ ...query, k: query.k + lost.length, exact: true })
  const found = exact.rows.filter(({ distance }) => Number.isFinite(distance))
  // Brute force passes over what has no distance, and the caller shall hear of it; not of who is gone.
  return { ...exact, rows: [...found, ...lost.filter(isPoisoned)], exact: true }
}

/** Its distance is `-nan`. A row without one is of a document that has expired. */
function isPoisoned({ distance, values }: SearchRow): boolean {
  return values[DISTANCE] != null && Number.isNaN(distance)
}
