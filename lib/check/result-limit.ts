import { AppError } from '../errors.ts'
import type { ProvisionResult } from '../index-state/index-status-schema.ts'
import { ftSearchNothingArgs } from '../redis/commands/ft-search.ts'
import type { Redis } from '../redis/redis.ts'

/** Checks that the server answers searches with the largest k that callers may request. */
export async function findResultLimitProblems(
  { redis, maxK }: { redis: Redis; maxK: number },
  { index }: ProvisionResult,
): Promise<string[]> {
  if (index === null) return []
  try {
    await redis.send(ftSearchNothingArgs(index, maxK))
    return []
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'REQUEST_INVALID')) throw error
    return [
      `Expected MAXSEARCHRESULTS of Redis to be at least MAX_K (${maxK}), it is lower: raise MAXSEARCHRESULTS or lower MAX_K`,
    ]
  }
}
