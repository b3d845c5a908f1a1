import { similarity } from '../../search/search-results.ts'
import type { DistanceMetric } from '../../vector.ts'

/** A vector's components, whatever their type. */
export type Numbers = ArrayLike<number>

/** The similarity of two vectors as a search answers it, computed in doubles. */
export function similarityOf(metric: DistanceMetric, one: Numbers, other: Numbers): number {
  return similarity(metric, distanceOf(metric, one, other))
}

/** The distance as RediSearch defines it: 1 − cos, the sum of squares, 1 − the inner product. */
function distanceOf(metric: DistanceMetric, one: Numbers, other: Numbers): number {
  let sum = 0
  if (metric === 'L2') {
    for (let i = 0; i < one.length; i++) sum += ((one[i] ?? 0) - (other[i] ?? 0)) ** 2
    return sum
  }
  let [squares, otherSquares] = [0, 0]
  for (let i = 0; i < one.length; i++) {
    const [a, b] = [one[i] ?? 0, other[i] ?? 0]
    sum += a * b
    squares += a * a
    otherSquares += b * b
  }
  return 1 - (metric === 'COSINE' ? sum / Math.sqrt(squares * otherSquares) : sum)
}
