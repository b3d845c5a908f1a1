import type { IndexDefinition } from '../definition.ts'
import { lengthOf } from '../search/average.ts'
import { toBytes, toVector, type Vector } from '../vector.ts'
import { unlessZero } from './probes.ts'

const PARTS = 4
/** All pairs of so many users show the correlation. */
const PAIRED = 256
/**
 * Measured with 256 users: 0.32 to 0.39 for real sentence embeddings, 0.11 with as much noise, -0.01 to 0.02 for four
 * unrelated embeddings joined to one vector.
 */
const INDEPENDENT = 0.06

/**
 * Queries that take each quarter from another user; none unless the quarters of users are similar independently of each
 * other, as in a vector that joins unrelated embeddings. There a customer may combine any of them, and means of users
 * are too easy: recall 0.996, real queries 0.969. For other vectors such a mix is harder than a real query.
 */
export function mixQueries(
  { vector: shape }: IndexDefinition,
  sample: ReadonlyMap<string, Vector>,
  { count, random }: { count: number; random: () => number },
): Buffer[] {
  const vectors = [...sample.values()].map((vector) =>
    shape.metric === 'COSINE' ? scale(vector, 1 / lengthOf(vector)) : Float64Array.from(vector),
  )
  if (
    vectors.length < 2 ||
    shape.dimensions < PARTS ||
    partsCorrelation(vectors.slice(0, PAIRED)) >= INDEPENDENT
  )
    return []
  const draw = () => vectors[Math.floor(random() * vectors.length)]
  const mix = () => {
    const sources = Array.from({ length: PARTS }, draw)
    const mixed = Array.from({ length: shape.dimensions }, (_, i) => {
      const part = Math.floor((i * PARTS) / shape.dimensions)
      return sources[part]?.[i] ?? 0
    })
    return unlessZero(() => toVector(mixed, shape, 'mixed'))
  }
  return Array.from({ length: count }, mix)
    .filter((vector) => vector !== undefined)
    .map((vector) => toBytes(vector, shape.type))
}

/** How the inner products of the first and of the last quarter go together, over all pairs: -1 to 1. */
function partsCorrelation(vectors: readonly Float64Array[]): number {
  const dimensions = vectors[0]?.length ?? 0
  const quarter = Math.floor(dimensions / PARTS)
  let [count, x, y, xx, yy, xy] = [0, 0, 0, 0, 0, 0]
  for (const [i, one] of vectors.entries()) {
    for (const other of vectors.slice(0, i)) {
      const first = product(one, other, 0, quarter)
      const last = product(one, other, dimensions - quarter, dimensions)
      count++
      x += first
      y += last
      xx += first * first
      yy += last * last
      xy += first * last
    }
  }
  const spread = (xx - (x * x) / count) * (yy - (y * y) / count)
  // Users without any spread are all alike: every query finds them.
  return spread > 0 ? (xy - (x * y) / count) / Math.sqrt(spread) : 1
}

function product(one: Float64Array, other: Float64Array, from: number, to: number): number {
  let sum = 0
  for (let i = from; i < to; i++) sum += (one[i] ?? 0) * (other[i] ?? 0)
  return sum
}

function scale(vector: Vector, by: number): Float64Array {
  return Float64Array.from(vector, (component) => component * by)
}
