import type { IndexDefinition, WrittenDefinition } from '../definition.ts'
import { dualWriteStorage } from './dual-write-storage.ts'
import { hashStorage } from './hash-storage.ts'
import { jsonStorage } from './json-storage.ts'
import type { Storage } from './storage.ts'

const STORAGES: Record<IndexDefinition['storage'], (definition: IndexDefinition) => Storage> = {
  json: jsonStorage,
  hash: hashStorage,
}

const made = new WeakMap<IndexDefinition, Storage>()

/** The storage that the definition names; made once for each definition. */
export function storageOf(definition: WrittenDefinition): Storage {
  const known = made.get(definition)
  if (known !== undefined) return known
  const own = STORAGES[definition.storage](definition)
  const { secondary } = definition
  const storage =
    secondary === undefined
      ? own
      : dualWriteStorage(
          { definition, storage: own },
          { definition: secondary, storage: storageOf(secondary) },
        )
  made.set(definition, storage)
  return storage
}
