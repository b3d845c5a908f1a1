import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fromBytes } from '../../lib/vector.ts'

export const DIMENSIONS = 384

const data = (name: string) => join(import.meta.dirname, '../data', name)

/** The vectors of a file: float32 little-endian, one after the other. */
export function rowsOf(path: string): Float32Array[] {
  const floats = Float32Array.from(fromBytes(readFileSync(path), 'FLOAT32') ?? [])
  return Array.from({ length: floats.length / DIMENSIONS }, (_, i) =>
    floats.subarray(i * DIMENSIONS, (i + 1) * DIMENSIONS),
  )
}

const allLabels = readFileSync(data('readers-2000.labels.txt'), 'utf8').split('\n')
/** 2,000 real sentence embeddings (test/data/README.md) as users: what a data team would upload. */
export const readers = rowsOf(data('readers-2000x384.f32')).map((vector, i) => ({
  id: String(i),
  labels: allLabels[i],
  vector,
}))

/** 100 vectors that are not stored. */
export const queries = rowsOf(data('queries-100x384.f32'))

export function readersFile(): string {
  return readers
    .map(
      ({ id, labels, vector }) => `${JSON.stringify({ id, labels, vector_embedding: Array.from(vector) })}\n`,
    )
    .join('')
}

/** The ids of the k readers nearest to a unit vector, by brute force. */
export function nearestReaders(query: Float32Array, k: number): string[] {
  const byProduct = readers.map(({ id, vector }) => ({ id, product: dot(query, vector) }))
  return byProduct
    .toSorted((a, b) => b.product - a.product)
    .slice(0, k)
    .map(({ id }) => id)
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0)
  return sum
}
