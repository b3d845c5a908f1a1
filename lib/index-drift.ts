import type { IndexDefinition } from './definition.ts'
import type { IndexAttribute, IndexInfo } from './redis/commands/ft-info.ts'

/** One difference between the definition and the live index: `{field: "labels.separator", expected: ",", actual: "|"}`. */
export interface Drift {
  field: string
  expected: string | number | boolean | null
  actual: string | number | boolean | null
}

/**
 * Compares member by member. It matters because RediSearch does not complain: a search on an attribute that the index
 * lacks finds nobody, and a wrong separator makes "kids, road" one tag.
 */
export function indexDrift(definition: IndexDefinition, info: IndexInfo): Drift[] {
  const expected = expectedMembers(definition)
  const actual = actualMembers(info)
  const names = new Set([...expected.keys(), ...actual.keys()])
  return [...names]
    .map((field) => ({ field, expected: expected.get(field) ?? null, actual: actual.get(field) ?? null }))
    .filter((drift) => drift.expected !== drift.actual)
}

type Members = Map<string, Drift['expected']>

function expectedMembers({ prefix, fields, vector }: IndexDefinition): Members {
  const attributes: IndexAttribute[] = fields.map(({ path, alias, type, separator, sortable }) => ({
    path,
    alias,
    type,
    sortable,
    ...(type === 'TAG' && { separator }),
  }))
  attributes.push({
    path: vector.path,
    alias: vector.alias,
    type: 'VECTOR',
    sortable: false,
    algorithm: vector.algorithm,
    dataType: vector.type,
    dimensions: vector.dimensions,
    metric: vector.metric,
    ...(vector.algorithm === 'HNSW' && { m: vector.m, efConstruction: vector.efConstruction }),
  })
  return members('JSON', [prefix], attributes)
}

function actualMembers({ keyType, prefixes, attributes }: IndexInfo): Members {
  return members(keyType, prefixes, attributes)
}

function members(keyType: string, prefixes: string[], attributes: IndexAttribute[]): Members {
  const all: Members = new Map([
    ['keyType', keyType],
    ['prefix', prefixes.join(' ')],
  ])
  for (const { alias, ...rest } of attributes) {
    for (const [name, value] of Object.entries(rest)) all.set(`${alias}.${name}`, value)
  }
  return all
}
