import { similarity } from '../../search/search-results.ts'
import type { DistanceMetric } from '../../vector.ts'
import type { Numbers } from './similarity.ts'
import { rowOf, selectRows, type VectorTable } from './vector-table.ts'

const FOUR = 4

/**
 * Returns a function that finds the largest similarity to a row, by a comparison with each row in doubles. The
 * certificate checks the kernel with it. Four rows at once reach 2.5 G multiply-adds a second, one at a time 1.2 G.
 */
export function plainNearest(metric: DistanceMetric, table: VectorTable): (vector: Numbers) => number {
  const { count, dimensions, data } = table
  const lengths = metric === 'COSINE' ? lengthsOf(table) : undefined
  const components = new Float64Array(dimensions)
  const sums = new Float64Array(FOUR)
  const compare = metric === 'L2' ? sumSquares : sumProducts
  const whole = count - (count % FOUR)
  // The last rows, filled up to four by repetition.
  const last = selectRows(
    table,
    whole === count ? [] : [0, 1, 2, 3].map((i) => whole + (i % (count - whole))),
  )

  /** The inner product by the row's length, or under L2 the sum of squares, less than 0. */
  function best(): number {
    let most = Number.NEGATIVE_INFINITY
    for (let row = 0; row < count; row += FOUR) {
      if (row < whole) compare(components, data, row * dimensions, sums)
      else compare(components, last.data, 0, sums)
      for (let i = 0; i < FOUR && row + i < count; i++) {
        const sum = (sums[i] ?? Number.NaN) / (lengths?.[row + i] ?? 1)
        most = Math.max(most, metric === 'L2' ? -sum : sum)
      }
    }
    return most
  }

  return (vector) => {
    if (count === 0) return Number.NEGATIVE_INFINITY
    components.set(vector)
    if (metric === 'L2') return similarity(metric, -best())
    return similarity(metric, 1 - best() / (metric === 'COSINE' ? lengthOf(components) : 1))
  }
}

function lengthsOf(table: VectorTable): Float64Array {
  return Float64Array.from({ length: table.count }, (_, row) => lengthOf(rowOf(table, row)))
}

function lengthOf(vector: Numbers): number {
  let squares = 0
  for (let i = 0; i < vector.length; i++) squares += (vector[i] ?? 0) ** 2
  return Math.sqrt(squares)
}

type Compare = (vector: Float64Array, rows: Float32Array, at: number, sums: Float64Array) => void

const sumProducts: Compare = (vector, rows, at, sums) => {
  const { length } = vector
  let [sum0, sum1, sum2, sum3] = [0, 0, 0, 0]
  for (let i = 0, j = at; i < length; i++, j++) {
    const component = vector[i] ?? 0
    sum0 += component * (rows[j] ?? 0)
    sum1 += component * (rows[j + length] ?? 0)
    sum2 += component * (rows[j + 2 * length] ?? 0)
    sum3 += component * (rows[j + 3 * length] ?? 0)
  }
  sums.set([sum0, sum1, sum2, sum3])
}

const sumSquares: Compare = (vector, rows, at, sums) => {
  const { length } = vector
  let [sum0, sum1, sum2, sum3] = [0, 0, 0, 0]
  for (let i = 0, j = at; i < length; i++, j++) {
    const component = vector[i] ?? 0
    sum0 += (component - (rows[j] ?? 0)) ** 2
    sum1 += (component - (rows[j + length] ?? 0)) ** 2
    sum2 += (component - (rows[j + 2 * length] ?? 0)) ** 2
    sum3 += (component - (rows[j + 3 * length] ?? 0)) ** 2
  }
  sums.set([sum0, sum1, sum2, sum3])
}
