import type { IndexDefinition } from '../definition.ts'
import type { CallOptions, Connection } from '../redis/redis.ts'
import { storageOf } from '../storage/storage-of.ts'
import { userKey } from '../users/user-record.ts'
import { toVector, type Vector } from '../vector.ts'
import type { Pacer } from './pacer.ts'

/** RedisJSON writes 8,000 components in some 1.2 ms, in which no other client is served. */
const COMPONENTS_A_READ = 8_000
const MOST_AT_ONCE = 100

export interface ReadVectorsDeps {
  connection: Connection
  definition: IndexDefinition
  pace: Pacer
}

/**
 * The vectors of users, in the order of their ids: null where there is no usable one. Redis is asked in small pieces, with a
 * rest after each.
 */
export async function readVectors(
  { connection, definition, pace }: ReadVectorsDeps,
  ids: readonly string[],
  options?: CallOptions,
): Promise<(Vector | null)[]> {
  const { vector } = definition
  const { readVectorsArgs, parseVectors } = storageOf(definition)
  const atOnce = Math.max(1, Math.min(MOST_AT_ONCE, Math.floor(COMPONENTS_A_READ / vector.dimensions)))
  const vectors: (Vector | null)[] = []
  for (let i = 0; i < ids.length; i += atOnce) {
    const keys = ids.slice(i, i + atOnce).map((id) => userKey(definition, id))
    const outcomes = await pace.run(() =>
      connection.pipeline(readVectorsArgs(keys), { ...options, binary: definition.storage === 'hash' }),
    )
    vectors.push(...parseVectors(keys, outcomes).map((stored) => usable(stored, vector)))
    await pace.rest()
  }
  return vectors
}

/** Another client may have written the user, so its vector is checked like any other. */
function usable(stored: readonly unknown[] | Vector | null, shape: IndexDefinition['vector']): Vector | null {
  if (stored === null) return null
  try {
    return toVector(stored, shape)
  } catch {
    return null
  }
}
