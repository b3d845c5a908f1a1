import type { IndexDefinition } from '../definition.ts'
import { AppError } from '../errors.ts'
import { ftSearchMatchesArgs, parseFtSearch } from '../redis/commands/ft-search.ts'
import type { Connection } from '../redis/redis.ts'
import { compileFilter } from '../search/filter.ts'
import type { AudienceRequest } from './audience-request.ts'
import type { Pacer } from './pacer.ts'

export interface SampleDeps {
  connection: Connection
  definition: IndexDefinition
  pace: Pacer
  /** The certificate compares at most so many users; a test compares few. */
  mostSampled?: number
}

/** Plain code compares 2.5 G components a second, in the rests of a build: 20 seconds of a processor. */
const PLAIN_COMPONENTS = 50_000_000_000
/** 3,000 users without a fault show that at most 0.1 % of all were missed. */
const LEAST_SAMPLED = 3_000
/** A filter that takes longer is not counted: Redis serves no other client meanwhile. */
const COUNT_MS = 20

/** The share of the users that pass the filter which the certificate compares by plain code. */
export async function sampleShare(
  deps: SampleDeps,
  index: { name: string; documents: number },
  filter: AudienceRequest['filter'],
  componentsAUser: number,
): Promise<number> {
  const { mostSampled = Number.POSITIVE_INFINITY } = deps
  const sampled = Math.min(mostSampled, Math.max(LEAST_SAMPLED, PLAIN_COMPONENTS / componentsAUser))
  return Math.min(1, sampled / Math.max(1, await countMatched(deps, index, filter)))
}

/** How many users pass the filter, or the number of all users if the count takes too long. */
async function countMatched(
  { connection, definition, pace }: SampleDeps,
  { name, documents }: { name: string; documents: number },
  filter: AudienceRequest['filter'],
): Promise<number> {
  if (filter === undefined) return documents
  const command = ftSearchMatchesArgs(name, compileFilter(definition, filter), COUNT_MS)
  try {
    const { total, warnings } = parseFtSearch(await pace.run(() => connection.send(command)))
    return warnings.length > 0 ? documents : total
  } catch (error) {
    if (error instanceof AppError && error.code === 'REDIS_TIMEOUT') return documents
    throw error
  }
}
