import { AppError } from '../errors.ts'
import type { ProvisionResult } from '../index-state/index-status-schema.ts'
import { ftSearchNothingArgs } from '../redis/commands/ft-search.ts'
import type { Redis } from '../redis/redis.ts'

/** Whether the server answers the largest search that a caller may ask for. */
export async function resultLimitProblems(
  { redis, maxK }: { redis: Redis; maxK: number },
  { index }: ProvisionResult,
): Promise<string[]> {
  if (index === null) return []
  try {
    await redis.send(ftSearchNothingArgs(index, maxK))
    return []
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'REQUEST_INVALID')) throw error
    return [`MAXSEARCHRESULTS of Redis is below MAX_K, which is ${maxK}: raise the one or lower the other`]
  }
}
