/** Points in two dimensions that keep as much of the differences as two dimensions can (principal components). */
export interface Projection {
  points: [x: number, y: number][]
  /** The share of all differences that the two dimensions show, 0 to 1. */
  share: number
}

const ROUNDS = 60

/**
 * Power iteration, with the first direction taken out of the data for the second. Its start is fixed, so the same
 * vectors always give the same map.
 */
export function project(vectors: readonly ArrayLike<number>[]): Projection {
  const dimensions = vectors[0]?.length ?? 0
  const rows = centred(vectors, dimensions)
  const total = rows.reduce((sum, row) => sum + dot(row, row), 0)
  const axes: Float64Array[] = []
  const coordinates: Float64Array[] = []
  let shown = 0
  for (let axis = 0; axis < 2; axis++) {
    const direction = principal(rows, dimensions, axes)
    const along = Float64Array.from(rows, (row) => dot(row, direction))
    axes.push(direction)
    coordinates.push(along)
    shown += dot(along, along)
  }
  const [xs, ys] = coordinates
  return {
    points: rows.map((_, i) => [xs?.[i] ?? 0, ys?.[i] ?? 0]),
    share: total === 0 ? 1 : Math.min(1, shown / total),
  }
}

function centred(vectors: readonly ArrayLike<number>[], dimensions: number): Float64Array[] {
  const mean = new Float64Array(dimensions)
  for (const vector of vectors) {
    for (let i = 0; i < dimensions; i++) mean[i] = (mean[i] ?? 0) + (vector[i] ?? 0) / vectors.length
  }
  return vectors.map((vector) =>
    Float64Array.from({ length: dimensions }, (_, i) => (vector[i] ?? 0) - (mean[i] ?? 0)),
  )
}

/** The direction in which the rows differ most, at a right angle to the former ones. */
function principal(
  rows: readonly Float64Array[],
  dimensions: number,
  former: readonly Float64Array[],
): Float64Array {
  // No direction is at a right angle to this one by accident.
  let direction: Float64Array = Float64Array.from({ length: dimensions }, (_, i) => Math.sin(i * 12.9898 + 1))
  for (let round = 0; round < ROUNDS; round++) {
    const next = new Float64Array(dimensions)
    for (const row of rows) addTo(next, row, dot(row, direction))
    for (const axis of former) addTo(next, axis, -dot(next, axis))
    const length = Math.sqrt(dot(next, next))
    if (length < 1e-12) return new Float64Array(dimensions)
    direction = next.map((value) => value / length)
  }
  return direction
}

function addTo(sum: Float64Array, vector: Float64Array, factor: number): void {
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + factor * (vector[i] ?? 0)
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0)
  return sum
}
