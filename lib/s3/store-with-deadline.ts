import type { ObjectStore } from './object-store.ts'

/**
 * The same bucket, but no call outlasts the deadline: after it, Lambda kills the invocation. Reads have no deadline,
 * because the importer stops reading by itself.
 */
export function storeWithDeadline(store: ObjectStore, deadline: number): ObjectStore {
  const { parts } = store
  const options = { deadline }
  return {
    ...store,
    head: (reference) => store.head(reference, options),
    put: (key, body, contentType) => store.put(key, body, contentType, options),
    remove: (keys) => store.remove(keys, options),
    list: (prefix) => store.list(prefix, options),
    parts: {
      create: (key, contentType) => parts.create(key, contentType, options),
      addPart: (upload, body) => parts.addPart(upload, body, options),
      complete: (upload) => parts.complete(upload, options),
      isCompleted: (upload) => parts.isCompleted(upload, options),
      abort: (upload) => parts.abort(upload, options),
    },
  }
}
