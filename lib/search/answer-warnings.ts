import type { CachedReading } from '../index-state/index-reading-cache.ts'
import type { SearchReply } from '../redis/commands/ft-search.ts'
import type { DistanceMetric } from '../vector.ts'
import { scatterWarning } from './scatter.ts'
import type { SearchRequest } from './search-request.ts'
import type { seedVectors } from './seeds.ts'

/** Why the answer is not complete, one line each. */
export function whatIsMissing(reply: SearchReply, index: CachedReading, dropped: number): string[] {
  const warnings = reply.warnings.map((warning) => `Redis: ${warning}`)
  // A search that ran out of time leaves a row without its id. Redis has warned of that already.
  if (dropped > 0 && warnings.length === 0)
    warnings.push(`${dropped} rows were left out: no distance could be computed for them`)
  if (index.state === 'drifted') {
    warnings.push(
      `The index differs from its definition: ${index.drift.map(({ field }) => field).join(', ')}`,
    )
  } else if (index.state !== 'ready') {
    warnings.push(`The index is ${index.state}: ${index.percentIndexed} % of the documents are in it`)
  }
  return warnings
}

/** The warnings about an answer by this strategy. */
export function warningsOfStrategy(
  { strategy, like = [] }: SearchRequest,
  members: ReturnType<typeof seedVectors>,
  metric: DistanceMetric,
): string[] {
  if (strategy === 'best_score') {
    const isWeighted = members.weights.some((weight) => weight !== 1)
    return isWeighted ? ['Weights count only with the strategy average'] : []
  }
  const warning = like.length < 2 ? undefined : scatterWarning(members.like, metric)
  return warning === undefined ? [] : [warning]
}
