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

/** Enough for a map. At 3,072 dimensions they are 3 MB of an answer that may have 5. */
const SHOWN = 200

/** Nearly random users with their vectors: what all users look like, for a map of some of them. */
export async function showSample(
  deps: { redis: Redis; definition: IndexDefinition },
  options?: CallOptions,
): Promise<UserSample> {
  const sample = await sampleUsers(deps, SHOWN, options)
  return {
    users: [...sample].map(([id, vector]) => ({
      id,
      vector: toBytes(vector, 'FLOAT32').toString('base64'),
    })),
  }
}
