import type { DistanceMetric } from '../vector.ts'

/** Vectors of the same length, one behind the other. */
interface Vectors {
  count: number
  dimensions: number
  data: ArrayLike<number>
}

/** 1 − the length of the mean of the seeds' directions: 0 for seeds that are all alike. */
export function scatterOf({ count, dimensions, data }: Vectors, _metric: DistanceMetric): number | null {
  if (count < 2) return null
  const sum = new Float64Array(dimensions)
  for (let i = 0; i < count; i++) {
    let squares = 0
    for (let j = 0; j < dimensions; j++) squares += (data[i * dimensions + j] ?? 0) ** 2
    const length = Math.sqrt(squares) || 1
    for (let j = 0; j < dimensions; j++) {
      sum[j] = (sum[j] ?? 0) + (data[i * dimensions + j] ?? 0) / length
    }
  }
  return Math.round((1 - Math.hypot(...sum) / count) * 1000) / 1000
}
