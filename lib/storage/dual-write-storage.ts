import type { IndexDefinition } from '../definition.ts'
import { AppError } from '../errors.ts'
import { toVector, type Vector } from '../vector.ts'
import { pathSteps, valueAt } from './json-path.ts'
import type { Storage, StoredUser, User } from './storage.ts'

interface Form {
  definition: IndexDefinition
  storage: Storage
}

/**
 * The storage of a dual write, while one form replaces the other. It writes and deletes users in both forms, and
 * reads them in the first.
 */
export function dualWriteStorage(first: Form, second: Form): Storage {
  const secondKey = (key: string) => second.definition.prefix + key.slice(first.definition.prefix.length)
  const withOwnVector = (user: User, { definition }: Form): User => ({
    ...user,
    vector: ownVector(user, definition) ?? toVector(user.vector, definition.vector),
  })
  // The record's vector is that of the deployed definition, which may have another type, or be at another path.
  const asFirst = (stored: StoredUser | undefined): StoredUser | undefined =>
    stored && {
      ...stored,
      equals(user) {
        const vector = ownVector(user, first.definition)
        return vector !== undefined && stored.equals({ ...user, vector })
      },
    }
  return {
    ...first.storage,
    writeArgs: (key, user) => [
      ...first.storage.writeArgs(key, withOwnVector(user, first)),
      ...second.storage.writeArgs(secondKey(key), withOwnVector(user, second)),
    ],
    deleteArgs: (key) => [...first.storage.deleteArgs(key), ...second.storage.deleteArgs(secondKey(key))],
    parseRead: (keys, outcomes) => first.storage.parseRead(keys, outcomes).map(asFirst),
  }
}

/** The vector that a user's record has for this definition; undefined if it has none. */
function ownVector({ value }: User, { vector }: IndexDefinition): Vector | undefined {
  const list = valueAt(value, pathSteps(vector.path))
  if (!Array.isArray(list)) return undefined
  try {
    return toVector(list, vector)
  } catch (error) {
    if (error instanceof AppError) return undefined
    throw error
  }
}
