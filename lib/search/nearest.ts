import {
  distanceOf,
  ftSearchKnnArgs,
  type KnnQuery,
  parseFtSearch,
  type SearchReply,
} from '../redis/commands/ft-search.ts'
import type { CallOptions, Redis } from '../redis/redis.ts'

/**
 * The answer of one KNN, or of a second. HNSW walks a graph that hangs together by chance: of 4,000 users with four
 * different vectors, k 2,000 found 1,641. Who asks for more than there are is asked twice, too; it costs as many
 * distances as rows are missing.
 *
 * Says whether brute force had the last word.
 */
export async function findNearest(
  redis: Redis,
  query: KnnQuery,
  options?: CallOptions,
): Promise<SearchReply & { exact: boolean }> {
  const ask = async (asked: KnnQuery) => parseFtSearch(await redis.send(ftSearchKnnArgs(asked), options))
  const reply = await ask(query)
  const isShort = query.efRuntime !== undefined && reply.rows.length < query.k
  // A server that ran out of time has none for brute force.
  if (!isShort || reply.warnings.length > 0) return { ...reply, exact: query.exact ?? false }
  const exact = await ask({ ...query, exact: true })
  // Brute force passes over what has no distance, and the caller shall hear of it.
  const lost = reply.rows.filter((row) => Number.isNaN(distanceOf(row)))
  return {
    ...exact,
    rows: [...exact.rows.filter(({ key }) => lost.every((row) => row.key !== key)), ...lost],
    exact: true,
  }
}
