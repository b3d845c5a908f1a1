import { toVector, type Vector, type VectorShape } from '../vector.ts'

export interface WeightedVector {
  vector: ArrayLike<number>
  weight: number
}

/**
 * The query of the strategy `average`: avg(like), or avg(like) + avg(like) − avg(unlike). Under COSINE only directions
 * count, so the members are brought to the same length first.
 *
 * @throws AppError VECTOR_ZERO when the members cancel each other out
 */
export function averageVector(
  { like, unlike }: { like: readonly WeightedVector[]; unlike: readonly WeightedVector[] },
  shape: VectorShape,
): Vector {
  const wanted = mean(like, shape)
  const unwanted = unlike.length === 0 ? wanted : mean(unlike, shape)
  const query = wanted.map((component, i) => 2 * component - (unwanted[i] ?? 0))
  return toVector(query, shape, 'like')
}

function mean(members: readonly WeightedVector[], { metric, dimensions }: VectorShape): number[] {
  const sum = new Array<number>(dimensions).fill(0)
  const weights = members.reduce((total, { weight }) => total + weight, 0)
  for (const { vector, weight } of members) {
    const length = metric === 'COSINE' ? lengthOf(vector) : 1
    for (let i = 0; i < dimensions; i++) {
      sum[i] = (sum[i] ?? 0) + ((vector[i] ?? 0) * weight) / (length * weights)
    }
  }
  return sum
}

export function lengthOf(vector: ArrayLike<number>): number {
  let squares = 0
  for (let i = 0; i < vector.length; i++) squares += (vector[i] ?? 0) ** 2
  return Math.sqrt(squares)
}
