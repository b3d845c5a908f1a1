import type { FieldDefinition, IndexDefinition } from '../definition.ts'
import { distanceOf, type SearchRow } from '../redis/commands/ft-search.ts'
import type { Reply } from '../redis/redis.ts'
import type { DistanceMetric } from '../vector.ts'
import type { UserResult } from './search-answer-schema.ts'

export interface ReturnedField {
  path: string
  alias: string
}

const VECTOR = '__vector'

/** What a row brings beside its distance: the fields asked for, else all that are not private. */
export function returnedFields(
  { fields, vector }: IndexDefinition,
  request: { fields?: string[] | undefined; includeVector: boolean },
): ReturnedField[] {
  const wanted = fields.filter(({ alias, returned }) => returned && (request.fields?.includes(alias) ?? true))
  const columns = wanted.map(({ path, alias }) => ({ path, alias }))
  return request.includeVector ? [...columns, { path: vector.path, alias: VECTOR }] : columns
}

/**
 * Rows as results, nearest first, equal distances by id. A row without a finite distance (a zero vector stored by
 * somebody else gives NaN) or without its document (it expired during the search) is left out and counted.
 */
export function toResults(
  definition: IndexDefinition,
  rows: SearchRow[],
  returned: ReturnedField[],
): { results: UserResult[]; dropped: number } {
  const types = new Map(definition.fields.map(({ alias, type }) => [alias, type]))
  const results: UserResult[] = []
  for (const row of rows) {
    const { key, values } = row
    const distance = distanceOf(row)
    if (!Number.isFinite(distance)) continue
    const fields: Record<string, unknown> = {}
    const result: UserResult = {
      id: key.slice(definition.prefix.length),
      distance,
      similarity: similarity(definition.vector.metric, distance),
      fields,
    }
    for (const { alias } of returned) {
      const value = values[alias]
      if (value === undefined) continue
      if (alias === VECTOR) result.vector = JSON.parse(String(value))
      else fields[alias] = fieldValue(value, types.get(alias))
    }
    results.push(result)
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

/** RediSearch gives every value as text, and a list as JSON text. */
function fieldValue(value: Reply, type: FieldDefinition['type'] | undefined): unknown {
  if (typeof value !== 'string') return value
  if (value.startsWith('[')) return parseList(value)
  return type === 'NUMERIC' ? Number(value) : value
}

function parseList(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
