import { INDEX_SOURCES, type IndexDefinition } from '../definition.ts'
import { fieldTypeOf } from '../fields/field-types.ts'
import type { IndexAttribute, IndexInfo, IndexSettings } from '../redis/commands/ft-info.ts'
import type { Drift } from './drift-schema.ts'

/**
 * Compares the definition with the live index, member by member. RediSearch itself reports no error. A search on a
 * missing attribute finds no user, a wrong separator makes "kids, road" one tag, and a FILTER leaves users out.
 *
 * No reply of RediSearch 2.10 contains PHONETIC, TEMPORARY, EF_RUNTIME and EPSILON. So a hand-made index with one of
 * them looks like ours.
 */
export function indexDrift(definition: IndexDefinition, info: IndexInfo): Drift[] {
  const expected = toMembers(expectedSettings(definition), expectedAttributes(definition))
  const actual = toMembers(info.settings, info.attributes)
  const names = new Set([...expected.keys(), ...actual.keys()])
  return [...names]
    .map((field) => ({ field, expected: expected.get(field) ?? null, actual: actual.get(field) ?? null }))
    .filter((drift) => drift.expected !== drift.actual)
}

/** We only set ON and PREFIX. All other settings are RediSearch's defaults. */
function expectedSettings({ prefix, storage }: IndexDefinition): IndexSettings {
  return {
    keyType: INDEX_SOURCES[storage].keyType,
    prefix,
    filter: null,
    language: null,
    languageField: null,
    score: 1,
    scoreField: null,
    payloadField: null,
    stopwords: null,
    options: '',
  }
}

function expectedAttributes({ storage, fields, vector }: IndexDefinition): IndexAttribute[] {
  const { identifier } = INDEX_SOURCES[storage]
  const attributes: IndexAttribute[] = fields.map((field) => ({
    path: identifier(field),
    alias: field.alias,
    ...fieldTypeOf(field).attribute(field),
    sortable: field.sortable,
    folded: false,
    flags: '',
  }))
  attributes.push({
    path: identifier(vector),
    alias: vector.alias,
    type: 'VECTOR',
    sortable: false,
    folded: false,
    flags: '',
    algorithm: vector.algorithm,
    dataType: vector.type,
    dimensions: vector.dimensions,
    metric: vector.metric,
    ...(vector.algorithm === 'HNSW' && { m: vector.m, efConstruction: vector.efConstruction }),
  })
  return attributes
}

type Members = Map<string, Drift['expected']>

function toMembers(settings: IndexSettings, attributes: IndexAttribute[]): Members {
  const all: Members = new Map(Object.entries(settings))
  for (const { alias, ...rest } of attributes) {
    for (const [name, value] of Object.entries(rest)) all.set(`${alias}.${name}`, value)
  }
  return all
}
