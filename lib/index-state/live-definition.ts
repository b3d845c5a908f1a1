import { type FieldDefinition, INDEXED, type IndexDefinition } from '../definition.ts'
import { FIELD_TYPE_NAMES, FIELD_TYPES } from '../fields/field-types.ts'
import { VECTOR_TYPE_NAMES } from '../fields/vector-types.ts'
import type { IndexAttribute, IndexInfo } from '../redis/commands/ft-info.ts'

const METRICS = ['COSINE', 'L2', 'IP'] as const
const ALGORITHMS = ['HNSW', 'FLAT'] as const

const made = new WeakMap<IndexInfo, IndexDefinition>()

/**
 * The definition that a live index was made by, as far as it can be seen: how users lie under it, and how it measures
 * and is walked. What the index does not know (which fields are private, a hash field's path) is as in `definition`.
 */
export function liveDefinition(definition: IndexDefinition, info: IndexInfo): IndexDefinition {
  const known = made.get(info)
  if (known !== undefined) return known
  const { settings, attributes } = info
  const storage = settings.keyType === INDEXED.hash.keyType ? 'hash' : 'json'
  const live: IndexDefinition = {
    ...definition,
    prefix: settings.prefix,
    storage,
    fields: attributes.flatMap((attribute) => fieldOf(definition, storage, attribute)),
    vector: vectorOf(definition, storage, attributes),
  }
  made.set(info, live)
  return live
}

function fieldOf(
  { fields }: IndexDefinition,
  storage: IndexDefinition['storage'],
  { path, alias, type, separator = ',', sortable }: IndexAttribute,
): FieldDefinition[] {
  // A field that the definition no longer has, or has by another alias, may have been private when the index was made.
  const now = fields.filter((field) => (storage === 'hash' ? field.alias === alias : field.path === path))
  const ownPath = storage === 'hash' ? (now[0]?.path ?? `$.${alias}`) : path
  const returned = now.length > 0 && now.every((field) => field.returned)
  const filterable = now.length > 0 && now.every((field) => field.filterable)
  const live = { path: ownPath, alias, separator, sortable, returned, filterable }
  // Two types may be the same to RediSearch. Then the definition knows which of them the field has.
  const [own] = [...now.map((field) => field.type), ...FIELD_TYPE_NAMES].filter(
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
 * Whether users that lie as one definition says are where and what the other looks for. A hash holds the declared
 * fields in the form of its definition, so that nearly every change of them is another form.
 */
export function isSameForm(one: IndexDefinition, other: IndexDefinition): boolean {
  return one === other || formOf(one) === formOf(other)
}

function formOf({ storage, prefix, fields, vector }: IndexDefinition): string {
  if (storage === 'json') return JSON.stringify([storage, prefix])
  const declared = fields.map(({ alias, path, type, separator }) => [alias, path, type, separator])
  return JSON.stringify([storage, prefix, declared, vector.alias, vector.type])
}
