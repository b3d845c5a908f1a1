import type { IndexDefinition } from '../definition.ts'
import { toVector } from '../vector.ts'
import type { Storage, User } from './storage.ts'

/**
 * Users in two forms at once, while one takes the other's place: what is written or deleted is so in both, and what is
 * read is read in the first.
 */
export function dualWriteStorage(
  first: { definition: IndexDefinition; storage: Storage },
  second: { definition: IndexDefinition; storage: Storage },
): Storage {
  const secondKey = (key: string) => second.definition.prefix + key.slice(first.definition.prefix.length)
  return {
    ...first.storage,
    writeArgs: (key, user) => [
      ...first.storage.writeArgs(key, inType(user, first.definition)),
      ...second.storage.writeArgs(secondKey(key), inType(user, second.definition)),
    ],
    deleteArgs: (key) => [...first.storage.deleteArgs(key), ...second.storage.deleteArgs(secondKey(key))],
  }
}

function inType(user: User, { vector }: IndexDefinition): User {
  return { ...user, vector: toVector(user.vector, vector) }
}
