import type { DistanceMetric } from '../vector.ts'

/** Vectors of the same length, one behind the other. */
interface Vectors {
  count: number
  dimensions: number
  data: ArrayLike<number>
}

/** 1 − the length of the mean of the seeds' directions: 0 for seeds that are all alike. */
export function scatterOf({ count, dimensions, data }: Vectors): number | null {
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

/** Seeds of two kinds are this much nearer to another seed than to their mean. Groups of real readers never are. */
const TWO_KINDS = 0.05
/** The mean cosine of two random readers is 0.06, that of one reader's neighbours 0.25 to 0.38 (docs/search.md). */
const NOTHING_IN_COMMON = 0.1

/**
 * Says that the mean of these seeds is like none of them, and how much; undefined where it is a good query. Under L2 a
 * direction means nothing, so the seeds are not judged.
 */
export function scatterWarning(
  seeds: readonly ArrayLike<number>[],
  metric: DistanceMetric,
): string | undefined {
  if (metric === 'L2' || seeds.length < 2) return undefined
  const units = seeds.map(toUnit)
  let sum = 0
  const nearest = new Float64Array(units.length).fill(-1)
  for (let i = 0; i < units.length; i++) {
    for (let j = 0; j < i; j++) {
      const cosine = dot(units[i], units[j])
      sum += cosine
      nearest[i] = Math.max(nearest[i] ?? -1, cosine)
      nearest[j] = Math.max(nearest[j] ?? -1, cosine)
    }
  }
  const pairs = (units.length * (units.length - 1)) / 2
  const toOther = nearest.reduce((total, cosine) => total + cosine, 0) / units.length
  // The mean cosine to the mean, which is the length of the mean of the directions.
  const toMean = Math.sqrt(Math.max(0, units.length + 2 * sum)) / units.length
  const advice = 'ask with strategy best_score for users like one of them'
  if (toOther - toMean > TWO_KINDS) {
    const how = `cosine ${toOther.toFixed(2)} to the nearest other seed, ${toMean.toFixed(2)} to their mean`
    return `The seeds are of several kinds (${how}), so their mean is like none of them: ${advice}`
  }
  if (sum / pairs < NOTHING_IN_COMMON) {
    const how = `mean cosine of two of them ${(sum / pairs).toFixed(2)}`
    return `The seeds have little in common (${how}), so their mean is like none of them: ${advice}`
  }
  return undefined
}

function toUnit(vector: ArrayLike<number>): Float64Array {
  const unit = Float64Array.from(vector)
  const length = Math.sqrt(dot(unit, unit)) || 1
  return unit.map((component) => component / length)
}

function dot(one: Float64Array = new Float64Array(), other: Float64Array = new Float64Array()): number {
  let sum = 0
  for (let i = 0; i < one.length; i++) sum += (one[i] ?? 0) * (other[i] ?? 0)
  return sum
}
