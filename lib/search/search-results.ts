import type { IndexDefinition } from '../definition.ts'
import type { SearchRow } from '../redis/commands/ft-search.ts'
import type { Columns } from '../storage/storage.ts'
import { storageOf } from '../storage/storage-of.ts'
import type { DistanceMetric } from '../vector.ts'
import type { UserResult } from './search-answer-schema.ts'

const allFields = new WeakMap<IndexDefinition, Columns>()

/**
 * The columns of a row: the requested fields, or else every field that is not private. The latter are made once for
 * each definition.
 */
export function columnsOf(
  definition: IndexDefinition,
  request: { fields?: string[] | undefined; includeVector: boolean },
): Columns {
  const isUsual = request.fields === undefined && !request.includeVector
  const cached = isUsual ? allFields.get(definition) : undefined
  if (cached !== undefined) return cached
  const columns = makeColumns(definition, request)
  if (isUsual) allFields.set(definition, columns)
  return columns
}

function makeColumns(
  definition: IndexDefinition,
  request: { fields?: string[] | undefined; includeVector: boolean },
): Columns {
  const wanted = definition.fields.filter(
    ({ alias, returned }) => returned && (request.fields?.includes(alias) ?? true),
  )
  return storageOf(definition).columns(wanted, request.includeVector)
}

/**
 * Turns rows into results: nearest first, equal distances by id. It leaves out and counts a row without a finite distance
 * (a zero vector that another client stored gives NaN) and a row without its document (it expired during the search).
 */
export function toResults(
  definition: IndexDefinition,
  rows: SearchRow[],
  columns: Columns,
): { results: UserResult[]; dropped: number } {
  const results: UserResult[] = []
  const { prefix, vector } = definition
  for (const { key, distance, values } of rows) {
    if (!Number.isFinite(distance)) continue
    const id = key.slice(prefix.length)
    results.push({ id, distance, similarity: similarity(vector.metric, distance), ...columns.read(values) })
  }
  results.sort((a, b) => a.distance - b.distance || (a.id < b.id ? -1 : 1))
  return { results, dropped: rows.length - results.length }
}

/** COSINE: (2 − d) / 2; L2: 1 / (1 + d); IP: the inner product, 1 − d. */
export function similarity(metric: DistanceMetric, distance: number): number {
  if (metric === 'IP') return 1 - distance
  const value = metric === 'COSINE' ? (2 - distance) / 2 : 1 / (1 + distance)
  // Rounding can give a vector a distance of -6e-8 to itself.
  return Math.min(1, Math.max(0, value))
}
