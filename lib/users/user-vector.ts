import type { IndexDefinition } from '../definition.ts'
import { AppError } from '../errors.ts'
import type { CallOptions, Redis } from '../redis/redis.ts'
import { storageOf } from '../storage/storage-of.ts'
import { toVector, type Vector } from '../vector.ts'
import { userKey } from './user-record.ts'

/**
 * The vector of a stored user. Somebody else may have written the document, so it is checked like any other.
 *
 * @throws AppError USER_NOT_FOUND; USER_NOT_SEARCHABLE when the stored vector is missing or unusable
 */
export async function readUserVector(
  { redis, definition }: { redis: Redis; definition: IndexDefinition },
  id: string,
  options?: CallOptions,
): Promise<Vector> {
  const { vector } = definition
  const storage = storageOf(definition)
  const stored = await storage
    .readVector(redis, userKey(definition, id), options)
    .catch(refuseOtherTypes(storage.kind))
  if (stored === undefined)
    throw new AppError('USER_NOT_FOUND', `Expected a stored user, got none with the id ${JSON.stringify(id)}`)
  const field = vector.path.slice(2)
  if (stored === null) {
    throw new AppError('USER_NOT_SEARCHABLE', `Expected the user to have a vector at ${field}, got none`)
  }
  try {
    return toVector(stored, vector, field)
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause
    throw new AppError('USER_NOT_SEARCHABLE', `The user's stored vector is unusable: ${cause.message}`, {
      cause,
    })
  }
}

/** By id; in place of the vector of a user who has none the error that says so. */
export type UserVectors = ReadonlyMap<string, Vector | AppError>

/** The vectors of several, in one round trip. Rejects when Redis does; a user's error is that user's. */
export async function readUserVectors(
  deps: { redis: Redis; definition: IndexDefinition },
  ids: readonly string[],
  options?: CallOptions,
): Promise<UserVectors> {
  const vectors = [...new Set(ids)].map(async (id) => {
    const vector = await readUserVector(deps, id, options).catch(keepUserError)
    return [id, vector] as const
  })
  return new Map(await Promise.all(vectors))
}

function keepUserError(error: unknown): AppError {
  if (error instanceof AppError && error.status < 500) return error
  throw error
}

/** RECORD_UNSTORABLE is the word for a write; of a read it means that something else lies under the key. */
function refuseOtherTypes(kind: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof AppError && error.code === 'RECORD_UNSTORABLE')) throw error
    const message = `Expected the user to be ${kind}, got a key of another type`
    throw new AppError('USER_NOT_SEARCHABLE', message, { cause: error })
  }
}
