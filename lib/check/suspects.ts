import type { IndexDefinition } from '../definition.ts'
import { AppError } from '../errors.ts'
import { ftSearchDistancesArgs, ftSearchKeysArgs, parseFtSearch } from '../redis/commands/ft-search.ts'
import type { CallOptions, Redis } from '../redis/redis.ts'
import { readUserVectors } from '../users/user-vector.ts'
import { toBytes, toVector } from '../vector.ts'

/** Redis takes them, and links others wrongly in its graph: it has no distance to them. */
export const POISON: ReadonlySet<string> = new Set(['VECTOR_ZERO', 'VECTOR_NOT_FINITE'])
/** Vectors, and of no use. What has none, or is no user, may be another application's. */
const UNUSABLE: ReadonlySet<string> = new Set([...POISON, 'VECTOR_DIMENSIONS'])

export interface Found {
  id: string
  code: string
}

/**
 * Which of these users no search can find, and why. Asked of the index for all at once: which it holds, and how far
 * they are from a vector; only those that seem wrong are read. COSINE puts what overflows at exactly 1.
 */
export async function findUnsearchable(
  { redis, definition, index }: { redis: Redis; definition: IndexDefinition; index: string },
  keys: readonly string[],
  options?: CallOptions,
): Promise<Found[]> {
  const { prefix, vector: shape } = definition
  const probe = toBytes(
    toVector(
      Array.from({ length: shape.dimensions }, (_, i) => 1 + i / 7),
      shape,
    ),
    shape.type,
  )
  const distances = ftSearchDistancesArgs(index, shape.alias, { vector: probe, keys })
  const [held, measured] = await Promise.all([
    redis
      .send(ftSearchKeysArgs(index, keys), options)
      .then((reply) => parseFtSearch(reply, { content: false })),
    redis.send(distances, options).then((reply) => parseFtSearch(reply)),
  ])
  const isIndexed = new Set(held.rows.map(({ key }) => key))
  const isSane = new Set(
    measured.rows.filter(({ distance }) => isPlausible(distance, shape.metric)).map(({ key }) => key),
  )
  const suspects = keys.filter((key) => !isIndexed.has(key) || !isSane.has(key))
  if (suspects.length === 0) return []
  const ids = suspects.map((key) => key.slice(prefix.length))
  const vectors = await readUserVectors({ redis, definition }, ids, options)
  return ids.flatMap((id) => {
    const vector = vectors.get(id)
    const isFine = !(vector instanceof AppError)
    if (isFine && isIndexed.has(prefix + id)) return []
    if (!isFine && vector.code === 'USER_NOT_FOUND') return []
    return [{ id, code: isFine ? 'NOT_INDEXED' : codeOf(vector) }]
  })
}

function isPlausible(distance: number, metric: string): boolean {
  return Number.isFinite(distance) && !(metric === 'COSINE' && distance === 1)
}

/** Whether the user may be taken out: it would be found by nobody, and is surely ours. */
export function mayGo({ code }: Pick<Found, 'code'>): boolean {
  return UNUSABLE.has(code)
}

/** Of a vector that is unusable, why; without a cause there is none, or the key is of another type. */
export function codeOf({ code, cause }: AppError): string {
  return cause instanceof AppError ? cause.code : code
}
