import type { IndexDefinition } from '../definition.ts'
import { vectorTypeOf } from '../fields/vector-types.ts'
import type { IndexDeps } from '../index-state/index-status.ts'
import { ftSearchKnnArgs, parseCompleteRows } from '../redis/commands/ft-search.ts'
import type { CallOptions, Redis } from '../redis/redis.ts'
import { MATCH_ALL } from '../search/filter.ts'
import { EF_RUNTIME } from '../search/search-strategy.ts'
import { sampleUsers } from '../users/sample-users.ts'
import { toBytes, type Vector } from '../vector.ts'

const CANARIES = 50

/** HNSW misses one in some thousands of exact matches. A graph that needs a rebuild misses most of them. */
export const MIN_FOUND_SHARE = 0.95

/** How many users were searched by their own vectors, and the ids of the users that were not found. */
export interface CanaryResult {
  asked: number
  lost: string[]
}

/**
 * Searches for random users by their own vectors. Under IP, a user is not always nearest to itself, so no search runs
 * and `asked` is 0.
 */
export async function searchCanaries(
  deps: IndexDeps,
  index: string,
  options?: CallOptions,
): Promise<CanaryResult> {
  const { redis, definition } = deps
  if (definition.vector.metric === 'IP') return { asked: 0, lost: [] }
  const sample = await sampleUsers(deps, CANARIES, options)
  const lost: string[] = []
  for (const [id, vector] of sample) {
    if (!(await isFoundByOwnVector(redis, definition, index, vector, options))) lost.push(id)
  }
  return { asked: sample.size, lost }
}

async function isFoundByOwnVector(
  redis: Redis,
  { vector: { alias, algorithm, metric, type } }: IndexDefinition,
  index: string,
  vector: Vector,
  options?: CallOptions,
): Promise<boolean> {
  const command = ftSearchKnnArgs({
    index,
    vectorAlias: alias,
    vector: toBytes(vector, type),
    k: 1,
    filter: MATCH_ALL,
    ...(algorithm === 'HNSW' && { efRuntime: EF_RUNTIME }),
    returned: [],
  })
  const { ownDistance } = vectorTypeOf({ type })
  const [nearest] = parseCompleteRows(await redis.send(command, options))
  // Compares distances and not ids, because another user may have the same vector.
  return (
    nearest !== undefined && nearest.distance <= ownDistance * (metric === 'L2' ? squaredLength(vector) : 1)
  )
}

function squaredLength(vector: Vector): number {
  return Array.from(vector).reduce((sum, component) => sum + component * component, 0)
}
