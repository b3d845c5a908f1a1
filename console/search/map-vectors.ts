import type { Definition } from '../../client/src/index.ts'

/** A vector as the API answers it: numbers, or little-endian float32 in base64. */
export function numbersOf(vector: unknown): number[] | undefined {
  if (Array.isArray(vector)) return vector.map(Number)
  if (typeof vector !== 'string') return undefined
  try {
    const bytes = Uint8Array.from(atob(vector), (character) => character.charCodeAt(0))
    const view = new DataView(bytes.buffer)
    return Array.from({ length: bytes.length >> 2 }, (_, i) => view.getFloat32(i * 4, true))
  } catch {
    return undefined
  }
}

/** Under COSINE only the direction counts, so a map compares vectors of length one. */
export function comparable(vector: readonly number[], metric: Definition['vector']['metric']): number[] {
  if (metric !== 'COSINE') return [...vector]
  const length = Math.hypot(...vector) || 1
  return vector.map((value) => value / length)
}

/** The value in a document at a path such as `$.profile.vector`. */
export function valueAt(document: unknown, path: string): unknown {
  let value = document
  for (const name of path.split('.').slice(1)) {
    if (typeof value !== 'object' || value === null) return undefined
    value = Reflect.get(value, name)
  }
  return value
}
