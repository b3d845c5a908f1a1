import type { IndexDefinition } from '../definition.ts'
import { AppError } from '../errors.ts'
import type { CallOptions, Redis } from '../redis/redis.ts'
import { storageOf } from '../storage/storage-of.ts'
import { toVector, type Vector } from '../vector.ts'
import { userKey } from './user-record.ts'

/**
 * The vector of a stored user. Another program may have written the document, so this checks the vector.
 *
 * @throws AppError USER_NOT_FOUND; USER_NOT_SEARCHABLE if the stored vector is missing or unusable
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
    throw new AppError(
      'USER_NOT_SEARCHABLE',
      `Expected the stored vector of the user to be usable: ${cause.message}`,
      {
        cause,
      },
    )
  }
}

/** Vectors by id. A user without a usable vector has the error instead. */
export type UserVectors = ReadonlyMap<string, Vector | AppError>

/**
 * The vectors of several users, in one round trip. Rejects if Redis does. A user's error does not affect the other
 * users.
 */
export async function readUserVectors(
  deps: { redis: Redis; definition: IndexDefinition },
  ids: readonly string[],
  options?: CallOptions,
): Promise<UserVectors> {
  const vectors = [...new Set(ids)].map(async (id) => {
    const vector = await readUserVector(deps, id, options).catch(returnUserError)
    return [id, vector] as const
  })
  return new Map(await Promise.all(vectors))
}

function returnUserError(error: unknown): AppError {
  if (error instanceof AppError && error.status < 500) return error
  throw error
}

/** For a read, RECORD_UNSTORABLE means that the key has another type. */
function refuseOtherTypes(kind: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof AppError && error.code === 'RECORD_UNSTORABLE')) throw error
    const message = `Expected the user's key to be ${kind}, got a key of another type`
    throw new AppError('USER_NOT_SEARCHABLE', message, { cause: error })
  }
}
