import { defineIndex, type IndexDefinition } from '../../../lib/definition.ts'
import { FIELD_TYPE_NAMES, type FieldTypeName } from '../../../lib/fields/field-types.ts'
import { VECTOR_TYPE_NAMES } from '../../../lib/fields/vector-types.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { pathSteps, putAt } from '../../../lib/storage/json-path.ts'
import type { User } from '../../../lib/storage/storage.ts'
import { createRecordCheck } from '../../../lib/users/user-record.ts'
import { toBytes } from '../../../lib/vector.ts'
import type { Random } from '../random.ts'
import type { Meaning } from './field-kind.ts'
import { FIELD_KINDS } from './field-kinds.ts'

/** A definition and users who fit it, at random. */
export interface World {
  definition: IndexDefinition
  users: OracleUser[]
}

export interface OracleUser {
  id: string
  vector: number[]
  /** By alias. */
  means: ReadonlyMap<string, Meaning>
  record: User
}

/** A member of `like` or `unlike`. */
export interface OracleSeed {
  of: { vector: number[] } | { user: OracleUser }
  weight: number
}

/** A request, and the same for the oracle. */
export interface OracleQuery {
  request: Record<string, unknown>
  like: OracleSeed[]
  unlike: OracleSeed[]
  k: number
  maxDistance: number
  passes(user: OracleUser): boolean
  /** The caller has chosen how many candidates HNSW keeps, so it may miss some. */
  mayMiss: boolean
}

export function randomDefinition(
  random: Random,
  storage: IndexDefinition['storage'] = random.oneOf(['json', 'hash']),
): IndexDefinition {
  return defineIndex(INDEX_DEFINITION, {
    fields: someFields(random).filter(() => random.below(4) > 0),
    vector: {
      dimensions: random.oneOf([2, 3, 8, 33]),
      metric: random.oneOf(['COSINE', 'L2', 'IP']),
      algorithm: random.oneOf(['HNSW', 'FLAT']),
      type: random.oneOf(VECTOR_TYPE_NAMES),
    },
    storage,
  })
}

/** Several of each type: RediSearch mistakes one field for another, or one value for the next, only where there are two. */
const FIELDS: Record<FieldTypeName, readonly string[]> = {
  TEXT: ['$.title', '$.descr', '$.shop.note'],
  TAG: ['$.labels', '$.shop.plan'],
  NUMERIC: ['$.age', '$.shop.price'],
  GEO: ['$.shop.place', '$.home'],
  BOOLEAN: ['$.shop.open', '$.subscribed'],
}

function someFields(random: Random) {
  return FIELD_TYPE_NAMES.flatMap((type) => FIELDS[type].map((path) => ({ path, type }))).map((field) => ({
    ...field,
    alias: field.path.split('.').at(-1),
    separator: random.oneOf([',', ';', '/']),
    sortable: random.below(3) === 0,
  }))
}

/** Every field, and a vector that takes no time. */
export function filterDefinition(random: Random, storage: IndexDefinition['storage']): IndexDefinition {
  return defineIndex(INDEX_DEFINITION, {
    fields: someFields(random),
    vector: { dimensions: 2, metric: 'L2', algorithm: random.oneOf(['HNSW', 'FLAT']) },
    storage,
  })
}

export function randomWorld(random: Random, definition: IndexDefinition): World {
  const component = randomComponent(random)
  const users = new Map<string, OracleUser>()
  for (let i = random.between(1, 100); i > 0; i--) {
    const id = random.oneOf(['', 'ü', '山:']) + random.below(1000)
    const user = randomUser(random, definition, id, component)
    if (user !== undefined) users.set(id, user)
  }
  return { definition, users: [...users.values()] }
}

/** Whole numbers make twins and equal distances, which float32 holds exactly. */
function randomComponent(random: Random): () => number {
  return random.oneOf([() => random.below(5) - 2, () => random.between(-1, 1)])
}

/** undefined for a user that an import rejects: a zero vector under COSINE, an empty list in a sortable field. */
export function randomUser(
  random: Random,
  definition: IndexDefinition,
  id: string,
  component: () => number,
): OracleUser | undefined {
  const vector = Array.from({ length: definition.vector.dimensions }, component)
  const means = new Map<string, Meaning>()
  const document = { id, vector_embedding: vector }
  for (const field of definition.fields) {
    const value = FIELD_KINDS[field.type].value(random, field, definition.storage === 'json')
    means.set(field.alias, value.means)
    if (value.json !== undefined) putAt(document, pathSteps(field.path), value.json)
  }
  const checked = createRecordCheck(definition)(Buffer.from(JSON.stringify(document)))
  if (!('record' in checked && 'document' in checked.record)) return undefined
  return { id, vector, means, record: checked.record }
}

export function randomQuery(random: Random, { definition, users }: World): OracleQuery {
  const { sought, like, unlike } = randomSeeds(random, definition, users)
  const isFiltered = definition.fields.length > 0 && random.below(3) > 0
  const filter = isFiltered ? randomFilter(random, definition, 3) : undefined
  const maxDistance = random.below(4) === 0 ? random.between(-1, 3) : undefined
  const how = random.oneOf([{}, {}, { exact: true }, { efRuntime: 1 + random.below(40) }])
  const k = 1 + random.below(random.oneOf([5, 20, 120]))
  return {
    request: {
      ...sought,
      k,
      ...how,
      ...(filter !== undefined && { filter: filter.json }),
      ...(maxDistance !== undefined && { maxDistance }),
    },
    like,
    unlike,
    k,
    maxDistance: maxDistance ?? Number.POSITIVE_INFINITY,
    passes: filter?.passes ?? (() => true),
    mayMiss: 'efRuntime' in how && definition.vector.algorithm === 'HNSW',
  }
}

function randomSeeds(random: Random, { vector: { dimensions } }: IndexDefinition, users: OracleUser[]) {
  const one = (weight: number): OracleSeed => {
    const byVector = users.length === 0 || random.below(2) === 0
    const vector = Array.from({ length: dimensions }, () => random.between(-1, 1))
    return { of: byVector ? { vector } : { user: random.oneOf(users) }, weight }
  }
  if (random.below(3) > 0) {
    const seed = one(1)
    return { sought: spellSeed(random, seed), like: [seed], unlike: [] }
  }
  const some = (least: number) =>
    Array.from({ length: least + random.below(3) }, () => one(random.oneOf([1, 0.5, 3])))
  const [like, unlike] = [some(1), some(0)]
  const spelt = (seeds: OracleSeed[]) =>
    seeds.map((seed) => ({ ...spellSeed(random, seed), weight: seed.weight }))
  const sought = { like: spelt(like), ...(unlike.length > 0 && { unlike: spelt(unlike) }) }
  return { sought, like, unlike }
}

/** A vector as numbers, or as base64 of float32 little-endian. */
function spellSeed(random: Random, { of }: OracleSeed): Record<string, unknown> {
  if ('user' in of) return { user: of.user.id }
  const base64 = toBytes(Float32Array.from(of.vector), 'FLOAT32').toString('base64')
  return { vector: random.below(2) === 0 ? of.vector : base64 }
}

export interface OracleFilter {
  json: Record<string, unknown>
  passes(user: OracleUser): boolean
}

/** A filter of up to `depth` levels around its conditions. */
export function randomFilter(random: Random, definition: IndexDefinition, depth: number): OracleFilter {
  const inner = () => randomFilter(random, definition, depth - 1)
  const list = () => Array.from({ length: 1 + random.below(3) }, inner)
  // RediSearch reads a union of more than 20 parts by other code.
  const wideList = () =>
    Array.from({ length: 21 + random.below(10) }, () => randomFilter(random, definition, 0))
  const kind = depth === 0 ? 'field' : random.oneOf(['field', 'fields', 'but', '$and', '$or', '$not'])
  if (kind === '$not') {
    const { json, passes } = inner()
    return { json: { $not: json }, passes: (user) => !passes(user) }
  }
  if (kind === 'but') {
    const [one, other] = [randomFilter(random, definition, 0), randomFilter(random, definition, 0)]
    const passes = (user: OracleUser) => one.passes(user) && !other.passes(user)
    return { json: { ...one.json, $not: other.json }, passes }
  }
  if (kind === '$and' || kind === '$or') {
    const parts = random.below(12) === 0 ? [...wideList(), inner()] : list()
    const passes = (user: OracleUser) =>
      kind === '$and' ? parts.every((part) => part.passes(user)) : parts.some((part) => part.passes(user))
    return { json: { [kind]: parts.map(({ json }) => json) }, passes }
  }
  const some = Array.from({ length: 1 + random.below(3) }, () => random.oneOf(definition.fields))
  const fields = kind === 'field' ? some.slice(0, 1) : [...new Set(some)]
  const conditions = fields.map((field) => ({
    alias: field.alias,
    ...FIELD_KINDS[field.type].condition(random),
  }))
  return {
    json: Object.fromEntries(conditions.map(({ alias, json }) => [alias, json])),
    passes: (user) => conditions.every(({ alias, holds }) => holds(user.means.get(alias) ?? [])),
  }
}
