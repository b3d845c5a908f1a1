import {
  ftSearchDistancesArgs,
  parseCompleteRows,
  type SearchReply,
  type SearchRow,
} from '../redis/commands/ft-search.ts'
import type { CallOptions, Redis } from '../redis/redis.ts'

type ExactReply = SearchReply & { exact: boolean }

/**
 * One answer of several: each user once, at the distance of its nearest seed, nearest first. The k nearest by best_score are
 * among the k nearest of each seed.
 */
export function mergeReplies(replies: readonly ExactReply[]): ExactReply {
  const nearest = new Map<string, SearchRow>()
  for (const row of replies.flatMap(({ rows }) => rows)) {
    const known = nearest.get(row.key)
    if (known === undefined || !(known.distance <= row.distance)) nearest.set(row.key, row)
  }
  const rows = [...nearest.values()].sort((a, b) => a.distance - b.distance)
  return {
    rows,
    total: rows.length,
    dropped: replies.reduce((sum, { dropped }) => sum + dropped, 0),
    warnings: [...new Set(replies.flatMap(({ warnings }) => warnings))],
    exact: replies.every(({ exact }) => exact),
  }
}

/** The rows without those that are nearer to a member of `unlike` than to any member of `like`. */
export async function withoutUnliked(
  redis: Redis,
  { index, vectorAlias, unlike }: { index: string; vectorAlias: string; unlike: readonly Buffer[] },
  rows: readonly SearchRow[],
  options?: CallOptions,
): Promise<SearchRow[]> {
  if (rows.length === 0) return []
  const keys = rows.map(({ key }) => key)
  const nearest = new Map<string, number>()
  const replies = await Promise.all(
    unlike.map((vector) => redis.send(ftSearchDistancesArgs(index, vectorAlias, { vector, keys }), options)),
  )
  for (const { key, distance } of replies.flatMap(parseCompleteRows)) {
    nearest.set(key, Math.min(distance, nearest.get(key) ?? Number.POSITIVE_INFINITY))
  }
  return rows.filter(({ key, distance }) => !((nearest.get(key) ?? Number.POSITIVE_INFINITY) < distance))
}
