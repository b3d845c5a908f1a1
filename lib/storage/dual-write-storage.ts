import type { IndexDefinition } from '../definition.ts'
import { toVector } from '../vector.ts'
import type { Storage, User } from './storage.ts'

/**
 * The storage of a dual write, while one form replaces the other. It writes and deletes users in both forms, and
 * reads them in the first.
 */
export function dualWriteStorage(
  first: { definition: IndexDefinition; storage: Storage },
  second: { definition: IndexDefinition; storage: Storage },
): Storage {
  const secondKey = (key: string) => second.definition.prefix + key.slice(first.definition.prefix.length)
  return {
    ...first.storage,
    writeArgs: (key, user) => [
      ...first.storage.writeArgs(key, withVectorType(user, first.definition)),
      ...second.storage.writeArgs(secondKey(key), withVectorType(user, second.definition)),
    ],
    deleteArgs: (key) => [...first.storage.deleteArgs(key), ...second.storage.deleteArgs(secondKey(key))],
  }
}

function withVectorType(user: User, { vector }: IndexDefinition): User {
  return { ...user, vector: toVector(user.vector, vector) }
}
