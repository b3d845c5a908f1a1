import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { AppError, placeOf } from './errors.ts'
import { FIELD_TYPE_NAMES, fieldTypeOf } from './fields/field-types.ts'
import { VECTOR_TYPE_NAMES } from './fields/vector-types.ts'

/** The schema and the name of a definition. The definition itself is in `index-definition.ts`. */
export type IndexDefinition = v.InferOutput<typeof IndexDefinitionSchema>
export type FieldDefinition = IndexDefinition['fields'][number]
export type VectorDefinition = IndexDefinition['vector']

/**
 * The definition that users are written by. With a secondary definition, each write is a dual write: also for the
 * index that replaces this one, or that it has replaced.
 */
export type WrittenDefinition = IndexDefinition & { secondary?: IndexDefinition }

/** The definition that records are checked against. Vectors must also fit the secondary vector definitions. */
export type CheckedDefinition = IndexDefinition & {
  secondaryVectors?: readonly VectorDefinition[]
  /** Users are written in two forms, each with a vector of its own. So the parsed record must keep all numbers. */
  isDualWrite?: true
}

/** A definition as its author writes it, where members with defaults are optional. */
export type IndexDefinitionInput = v.InferInput<typeof IndexDefinitionSchema>

// An alias becomes part of a query's text (`@labels:{$v}`); a value never does. `__` is reserved for us:
// `__distance`.
const AliasSchema = v.pipe(
  v.string(),
  v.regex(/^(?!__)[A-Za-z_][A-Za-z0-9_]*$/, 'Expected a word of letters, digits and _'),
  // Of 60 words of the query language and of FT.CREATE, RediSearch 2.10 refuses only this one, in RETURN.
  v.check(
    (alias) => alias.toUpperCase() !== 'AS',
    'Expected another alias: AS is a word of the query language',
  ),
  v.check(
    (alias) => alias !== 'k',
    'Expected another alias: k is the number of results in /users/{id}/similar',
  ),
)
const PathSchema = v.pipe(
  v.string(),
  v.regex(/^\$(\.[A-Za-z_][A-Za-z0-9_]*)+$/, 'Expected a path such as $.labels or $.address.city'),
)
// RediSearch uses one byte. Of "ü" it would use the first byte only.
const SeparatorSchema = v.pipe(v.string(), v.regex(/^[ -~\t]$/, 'Expected one ASCII character'))
const PositiveIntegerSchema = v.pipe(v.number(), v.integer(), v.minValue(1))

/** The prefixes of Lookalike's own keys, and of users in quarantine. */
const RESERVED_PREFIXES = ['lookalike:', 'quarantine:']

const FieldSchema = v.pipe(
  v.strictObject({
    path: PathSchema,
    alias: AliasSchema,
    type: v.picklist(FIELD_TYPE_NAMES),
    /** TAG only. RediSearch has no default separator for JSON: without one, "kids, road" is a single tag. */
    separator: v.optional(SeparatorSchema, ','),
    sortable: v.optional(v.boolean(), false),
    /** false makes the field private: no answer contains its value (docs/security.md). */
    returned: v.optional(v.boolean(), true),
    /**
     * Whether searches may filter by the field. The default equals `returned`, because twenty filters find a private
     * number exactly.
     */
    filterable: v.optional(v.boolean()),
  }),
  v.transform((field) => ({ ...field, filterable: field.filterable ?? field.returned })),
)

const IndexDefinitionSchema = v.pipe(
  v.strictObject({
    /**
     * The alias that searches use. The real index is `<name>:v<hash>`, so that the index of a later definition can be
     * built next to it.
     */
    name: v.pipe(v.string(), v.minLength(1), v.maxLength(128)),
    prefix: v.pipe(
      v.string(),
      v.minLength(1),
      v.check(
        (prefix) =>
          RESERVED_PREFIXES.every((reserved) => !reserved.startsWith(prefix) && !prefix.startsWith(reserved)),
        'Expected another prefix: lookalike: and quarantine: are reserved for Lookalike',
      ),
    ),
    /**
     * `json`: a document of RedisJSON. `hash`: the fields and the vector's bytes in a hash, in a third of the memory.
     */
    storage: v.picklist(['json', 'hash']),
    fields: v.array(FieldSchema),
    vector: v.strictObject({
      path: PathSchema,
      alias: AliasSchema,
      dimensions: v.pipe(PositiveIntegerSchema, v.maxValue(32_768)),
      metric: v.picklist(['COSINE', 'L2', 'IP']),
      algorithm: v.picklist(['HNSW', 'FLAT']),
      type: v.picklist(VECTOR_TYPE_NAMES),
      m: v.optional(PositiveIntegerSchema, 16),
      efConstruction: v.optional(PositiveIntegerSchema, 200),
      /**
       * The recall@10 that searches aim at. They raise EF_RUNTIME if the measured recall is lower. 1 means `exact`.
       */
      recallTarget: v.optional(v.pipe(v.number(), v.minValue(0.5), v.maxValue(0.999)), 0.99),
      /**
       * How many components brute force may compare in one request. Each blocks Redis for 0.2 ns. The default is 80
       * ms: a million users of 384 dimensions.
       */
      exactComponents: v.optional(PositiveIntegerSchema, 400_000_000),
    }),
  }),
  v.check(({ fields, vector }) => {
    const aliases = [...fields, vector].map(({ alias }) => alias)
    return new Set(aliases).size === aliases.length
  }, 'Expected every alias once, got one twice'),
)

/**
 * RediSearch's key type of a storage, and its identifier of an attribute: a path in a JSON document, a name in a
 * hash.
 */
export const INDEX_SOURCES: Record<
  IndexDefinition['storage'],
  { keyType: 'JSON' | 'HASH'; identifier(attribute: { path: string; alias: string }): string }
> = {
  json: { keyType: 'JSON', identifier: ({ path }) => path },
  hash: { keyType: 'HASH', identifier: ({ alias }) => alias },
}

/**
 * A definition with its defaults, merged with `override`, a part of the same shape. Objects are merged, arrays are
 * replaced.
 *
 * @throws AppError CONFIG_INVALID with every problem
 */
export function defineIndex(base: IndexDefinitionInput, override: unknown = {}): IndexDefinition {
  const parsed = v.safeParse(IndexDefinitionSchema, merge(base, override))
  if (parsed.success) return parsed.output
  const problems = parsed.issues.map((issue) => ({ path: placeOf(issue), message: issue.message }))
  const list = problems.map(({ path, message }) => `\n  ${path || 'definition'}: ${message}`).join('')
  throw new AppError('CONFIG_INVALID', `Index definition:${list}`, { problems })
}

/**
 * A hash of all settings that distinguish two indexes, in 12 hexadecimal digits. It leaves out settings that do not
 * change the index: the name, `returned`, `filterable`, and the separator of other types than TAG. So an edit of
 * these needs no migration.
 */
export function definitionHash({ prefix, storage, fields, vector }: IndexDefinition): string {
  const { path, alias, dimensions, metric, algorithm, type, m, efConstruction } = vector
  const relevant = [
    prefix,
    storage,
    fields.map((field) => {
      const { type, separator = false } = fieldTypeOf(field).attribute(field)
      return [field.path, field.alias, type, separator, field.sortable]
    }),
    [path, alias, dimensions, metric, type, algorithm, ...(algorithm === 'HNSW' ? [m, efConstruction] : [])],
  ]
  return createHash('sha256').update(JSON.stringify(relevant)).digest('hex').slice(0, 12)
}

/** The real name of the index behind the alias. */
export function indexName(definition: IndexDefinition): string {
  return `${definition.name}:v${definitionHash(definition)}`
}

function merge(base: unknown, override: unknown): unknown {
  if (!isPlainObject(base) || !isPlainObject(override)) return override
  const merged: Record<string, unknown> = { ...base }
  for (const [key, value] of Object.entries(override)) merged[key] = merge(base[key], value)
  return merged
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
