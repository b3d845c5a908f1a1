import type { IndexDefinition } from '../definition.ts'
import { AppError } from '../errors.ts'
import { ftSearchDistancesArgs, ftSearchKeysArgs, parseFtSearch } from '../redis/commands/ft-search.ts'
import type { CallOptions, Redis } from '../redis/redis.ts'
import { readUserVectors } from '../users/user-vector.ts'
import { toBytes, toVector } from '../vector.ts'

/** Corrupt vectors. Redis accepts them, has no distance to them, and links other vectors wrongly in its graph. */
export const CORRUPT_VECTOR_CODES: ReadonlySet<string> = new Set(['VECTOR_ZERO', 'VECTOR_NOT_FINITE'])
/** Vectors that no search can use. A key without a vector is not among them: it may belong to another application. */
const UNUSABLE_VECTOR_CODES: ReadonlySet<string> = new Set([...CORRUPT_VECTOR_CODES, 'VECTOR_DIMENSIONS'])

export interface UnsearchableUser {
  id: string
  code: string
}

/**
 * Finds the users among these that searches cannot find, with the code of the cause. It asks the index once for all:
 * which keys are indexed, and their distances to one vector. It only reads the users that look wrong. Under COSINE, a
 * vector with an overflowing length has a distance of exactly 1.
 */
export async function findUnsearchable(
  { redis, definition, index }: { redis: Redis; definition: IndexDefinition; index: string },
  keys: readonly string[],
  options?: CallOptions,
): Promise<UnsearchableUser[]> {
  const { prefix, vector: shape } = definition
  const probe = toBytes(
    toVector(
      Array.from({ length: shape.dimensions }, (_, i) => 1 + i / 7),
      shape,
    ),
    shape.type,
  )
  const distances = ftSearchDistancesArgs(index, shape.alias, { vector: probe, keys })
  const [indexed, measured] = await Promise.all([
    redis
      .send(ftSearchKeysArgs(index, keys), options)
      .then((reply) => parseFtSearch(reply, { content: false })),
    redis.send(distances, options).then((reply) => parseFtSearch(reply)),
  ])
  const indexedKeys = new Set(indexed.rows.map(({ key }) => key))
  const plausibleKeys = new Set(
    measured.rows.filter(({ distance }) => isPlausible(distance, shape.metric)).map(({ key }) => key),
  )
  const suspects = keys.filter((key) => !indexedKeys.has(key) || !plausibleKeys.has(key))
  if (suspects.length === 0) return []
  const ids = suspects.map((key) => key.slice(prefix.length))
  const vectors = await readUserVectors({ redis, definition }, ids, options)
  return ids.flatMap((id) => {
    const vector = vectors.get(id)
    const isValid = !(vector instanceof AppError)
    if (isValid && indexedKeys.has(prefix + id)) return []
    if (!isValid && vector.code === 'USER_NOT_FOUND') return []
    return [{ id, code: isValid ? 'NOT_INDEXED' : causeCode(vector) }]
  })
}

function isPlausible(distance: number, metric: string): boolean {
  return Number.isFinite(distance) && !(metric === 'COSINE' && distance === 1)
}

/**
 * Whether the vector is unusable, so that quarantine loses nothing. A key with such a vector is surely one of our
 * users.
 */
export function hasUnusableVector({ code }: Pick<UnsearchableUser, 'code'>): boolean {
  return UNUSABLE_VECTOR_CODES.has(code)
}

/** The code of an unusable vector. Without a cause, the user has no vector, or the key has another type. */
export function causeCode({ code, cause }: AppError): string {
  return cause instanceof AppError ? cause.code : code
}
