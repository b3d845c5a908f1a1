import type { IndexDefinition } from '../definition.ts'
import { hashStorage } from './hash-storage.ts'
import { jsonStorage } from './json-storage.ts'
import type { Storage } from './storage.ts'

const STORAGES: Record<IndexDefinition['storage'], (definition: IndexDefinition) => Storage> = {
  json: jsonStorage,
  hash: hashStorage,
}

const made = new WeakMap<IndexDefinition, Storage>()

/** The storage that the definition names; made once for each definition. */
export function storageOf(definition: IndexDefinition): Storage {
  const known = made.get(definition)
  if (known !== undefined) return known
  const storage = STORAGES[definition.storage](definition)
  made.set(definition, storage)
  return storage
}
