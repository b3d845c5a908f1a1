import * as v from 'valibot'
import type { IndexDefinition } from '../definition.ts'
import type { CallOptions, Redis } from '../redis/redis.ts'
import { toBytes } from '../vector.ts'
import { sampleUsers } from './sample-users.ts'

export type UserSample = v.InferOutput<typeof UserSampleSchema>
export const UserSampleSchema = v.object({
  users: v.array(
    v.object({
      id: v.string(),
      vector: v.pipe(v.string(), v.description('float32, little-endian, in base64, as a search takes it')),
    }),
  ),
})

/** Enough for a map. */
const SHOWN = 200
/** A map of fewer shows nothing. At 32,768 dimensions they are 1.7 MB. */
const MIN_SHOWN = 10
/** Of the answer, which may have 5 MiB. The rest is for the ids. */
const VECTOR_BYTES = 4_000_000

/** How many vectors the answer holds: a float32 has 4 bytes, and base64 makes 4 characters of 3. */
export function sampleSize(dimensions: number): number {
  const fitting = Math.floor(VECTOR_BYTES / Math.ceil((dimensions * 4 * 4) / 3))
  return Math.min(SHOWN, Math.max(MIN_SHOWN, fitting))
}

/** Nearly random users with their vectors: what all users look like, for a map of some of them. */
export async function showSample(
  deps: { redis: Redis; definition: IndexDefinition },
  options?: CallOptions,
): Promise<UserSample> {
  const size = sampleSize(deps.definition.vector.dimensions)
  const sample = await sampleUsers(deps, size, options)
  return {
    // The sample may have more, since it reads many users at once.
    users: [...sample].slice(0, size).map(([id, vector]) => ({
      id,
      vector: toBytes(vector, 'FLOAT32').toString('base64'),
    })),
  }
}
