import { type FieldDefinition, INDEX_SOURCES, type IndexDefinition } from '../definition.ts'
import { FIELD_TYPE_NAMES, FIELD_TYPES } from '../fields/field-types.ts'
import { VECTOR_TYPE_NAMES } from '../fields/vector-types.ts'
import type { IndexAttribute, IndexInfo } from '../redis/commands/ft-info.ts'

const METRICS = ['COSINE', 'L2', 'IP'] as const
const ALGORITHMS = ['HNSW', 'FLAT'] as const

const cache = new WeakMap<IndexInfo, IndexDefinition>()

/**
 * Reconstructs the definition that the live index was created from: how its users are stored, its metric and its
 * algorithm. RediSearch does not know which fields are private, nor the paths of hash fields. Those come from
 * `definition`.
 */
export function liveDefinition(definition: IndexDefinition, info: IndexInfo): IndexDefinition {
  const cached = cache.get(info)
  if (cached !== undefined) return cached
  const { settings, attributes } = info
  const storage = settings.keyType === INDEX_SOURCES.hash.keyType ? 'hash' : 'json'
  const live: IndexDefinition = {
    ...definition,
    prefix: settings.prefix,
    storage,
    fields: attributes.flatMap((attribute) => fieldOf(definition, storage, attribute)),
    vector: vectorOf(definition, storage, attributes),
  }
  cache.set(info, live)
  return live
}

function fieldOf(
  { fields }: IndexDefinition,
  storage: IndexDefinition['storage'],
  { path, alias, type, separator = ',', sortable }: IndexAttribute,
): FieldDefinition[] {
  // A field that was removed or has another alias now may have been private when the index was created.
  const current = fields.filter((field) => (storage === 'hash' ? field.alias === alias : field.path === path))
  const ownPath = storage === 'hash' ? (current[0]?.path ?? `$.${alias}`) : path
  const returned = current.length > 0 && current.every((field) => field.returned)
  const filterable = current.length > 0 && current.every((field) => field.filterable)
  const live = { path: ownPath, alias, separator, sortable, returned, filterable }
  // Two of our types may be the same type in RediSearch. Then the definition decides.
  const [own] = [...current.map((field) => field.type), ...FIELD_TYPE_NAMES].filter(
    (name) => FIELD_TYPES[name].attribute(live).type === type,
  )
  return own === undefined ? [] : [{ ...live, type: own }]
}

function vectorOf(
  { vector }: IndexDefinition,
  storage: IndexDefinition['storage'],
  attributes: IndexAttribute[],
): IndexDefinition['vector'] {
  const live = attributes.find(({ type }) => type === 'VECTOR')
  if (live === undefined) return vector
  return {
    ...vector,
    path: storage === 'hash' ? vector.path : live.path,
    alias: live.alias,
    dimensions: live.dimensions ?? vector.dimensions,
    metric: METRICS.find((one) => one === live.metric) ?? vector.metric,
    algorithm: ALGORITHMS.find((one) => one === live.algorithm) ?? vector.algorithm,
    type: VECTOR_TYPE_NAMES.find((one) => one === live.dataType) ?? vector.type,
  }
}

/**
 * Whether users stored for one definition have the keys and the form that the other expects. A hash stores the
 * declared fields in the form of its definition, so nearly every change of them is another form.
 */
export function isSameForm(one: IndexDefinition, other: IndexDefinition): boolean {
  return one === other || formOf(one) === formOf(other)
}

function formOf({ storage, prefix, fields, vector }: IndexDefinition): string {
  if (storage === 'json') return JSON.stringify([storage, prefix])
  const declared = fields.map(({ alias, path, type, separator }) => [alias, path, type, separator])
  return JSON.stringify([storage, prefix, declared, vector.alias, vector.type])
}
