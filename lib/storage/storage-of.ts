import type { IndexDefinition, WrittenDefinition } from '../definition.ts'
import { dualWriteStorage } from './dual-write-storage.ts'
import { hashStorage } from './hash-storage.ts'
import { jsonStorage } from './json-storage.ts'
import type { Storage } from './storage.ts'

const STORAGES: Record<IndexDefinition['storage'], (definition: IndexDefinition) => Storage> = {
  json: jsonStorage,
  hash: hashStorage,
}

const cache = new WeakMap<IndexDefinition, Storage>()

/** The storage of a definition, created once per definition. */
export function storageOf(definition: WrittenDefinition): Storage {
  const cached = cache.get(definition)
  if (cached !== undefined) return cached
  const own = STORAGES[definition.storage](definition)
  const { secondary } = definition
  const storage =
    secondary === undefined
      ? own
      : dualWriteStorage(
          { definition, storage: own },
          { definition: secondary, storage: storageOf(secondary) },
        )
  cache.set(definition, storage)
  return storage
}
