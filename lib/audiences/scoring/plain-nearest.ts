import type { DistanceMetric } from '../../vector.ts'
import { type Numbers, similarityOf } from './similarity.ts'
import { rowOf, type VectorTable } from './vector-table.ts'

/** The largest similarity to a row, by comparing with each in doubles: what the certificate checks the kernel by. */
export function plainNearest(metric: DistanceMetric, vector: Numbers, table: VectorTable): number {
  let best = Number.NEGATIVE_INFINITY
  for (let i = 0; i < table.count; i++) {
    best = Math.max(best, similarityOf(metric, vector, rowOf(table, i)))
  }
  return best
}
