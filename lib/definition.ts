import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { AppError, placeOf } from './errors.ts'
import { FIELD_TYPE_NAMES, fieldTypeOf } from './fields/field-types.ts'
import { VECTOR_TYPE_NAMES } from './fields/vector-types.ts'

/** How a definition is written, checked and named. The definition itself is in `index-definition.ts`. */
export type IndexDefinition = v.InferOutput<typeof IndexDefinitionSchema>
export type FieldDefinition = IndexDefinition['fields'][number]
export type VectorDefinition = IndexDefinition['vector']

/** How users are to be written: as the index in use says, and also as the one that is taking its place, or had it. */
export type WrittenDefinition = IndexDefinition & { secondary?: IndexDefinition }

/** How records are checked: as the definition says, and that their vectors also fit other indexes. */
export type CheckedDefinition = IndexDefinition & { secondaryVectors?: readonly VectorDefinition[] }

/** What a caller may write: a definition with its defaults left out. */
export type IndexDefinitionInput = v.InferInput<typeof IndexDefinitionSchema>

// Aliases become part of a query's text (`@labels:{$v}`), where values never do. `__` is ours: `__distance`.
const Alias = v.pipe(
  v.string(),
  v.regex(/^(?!__)[A-Za-z_][A-Za-z0-9_]*$/, 'Expected a word of letters, digits and _'),
  // Of 60 words of the query language and of FT.CREATE, RediSearch 2.10 refuses this one alone, in RETURN.
  v.check(
    (alias) => alias.toUpperCase() !== 'AS',
    'Expected another alias: AS is a word of the query language',
  ),
  v.check(
    (alias) => alias !== 'k',
    'Expected another alias: k is the number of results in /users/{id}/similar',
  ),
)
const Path = v.pipe(
  v.string(),
  v.regex(/^\$(\.[A-Za-z_][A-Za-z0-9_]*)+$/, 'Expected a path such as $.labels or $.address.city'),
)
// RediSearch takes one byte; of "ü" it would take the first.
const Separator = v.pipe(v.string(), v.regex(/^[ -~\t]$/, 'Expected one ASCII character'))
const PositiveInteger = v.pipe(v.number(), v.integer(), v.minValue(1))

/** What we remember, and users whose vectors would spoil the answers of others. */
const OURS = ['lookalike:', 'quarantine:']

const Field = v.pipe(
  v.strictObject({
    path: Path,
    alias: Alias,
    type: v.picklist(FIELD_TYPE_NAMES),
    /** TAG only. RediSearch has no default separator for JSON: without one, "kids, road" is a single tag. */
    separator: v.optional(Separator, ','),
    sortable: v.optional(v.boolean(), false),
    /** false makes the field private: no answer holds its value (docs/security.md). */
    returned: v.optional(v.boolean(), true),
    /** Whether searches may filter by it, as `returned` is by default: twenty filters find a private number exactly. */
    filterable: v.optional(v.boolean()),
  }),
  v.transform((field) => ({ ...field, filterable: field.filterable ?? field.returned })),
)

const IndexDefinitionSchema = v.pipe(
  v.strictObject({
    /** The alias that searches use. The index itself is `<name>:v<hash>`, so that a later definition can be built beside it. */
    name: v.pipe(v.string(), v.minLength(1), v.maxLength(128)),
    prefix: v.pipe(
      v.string(),
      v.minLength(1),
      v.check(
        (prefix) => OURS.every((ours) => !ours.startsWith(prefix) && !prefix.startsWith(ours)),
        'lookalike: and quarantine: are ours',
      ),
    ),
    /** `json`: a document of RedisJSON. `hash`: the fields and the vector's bytes in a hash, in a third of the memory. */
    storage: v.picklist(['json', 'hash']),
    fields: v.array(Field),
    vector: v.strictObject({
      path: Path,
      alias: Alias,
      dimensions: v.pipe(PositiveInteger, v.maxValue(32_768)),
      metric: v.picklist(['COSINE', 'L2', 'IP']),
      algorithm: v.picklist(['HNSW', 'FLAT']),
      type: v.picklist(VECTOR_TYPE_NAMES),
      m: v.optional(PositiveInteger, 16),
      efConstruction: v.optional(PositiveInteger, 200),
      /** The recall@10 that searches aim at, by raising EF_RUNTIME when less is measured. 1 is `exact`. */
      recallTarget: v.optional(v.pipe(v.number(), v.minValue(0.5), v.maxValue(0.999)), 0.99),
      /**
       * How many components brute force may compare in one request, which holds Redis up for 0.2 ns each: 80 ms by
       * default, a million users of 384 dimensions.
       */
      exactComponents: v.optional(PositiveInteger, 400_000_000),
    }),
  }),
  v.check(({ fields, vector }) => {
    const aliases = [...fields, vector].map(({ alias }) => alias)
    return new Set(aliases).size === aliases.length
  }, 'Expected every alias once'),
)

/** How RediSearch calls a storage and what it finds in there: a JSON document's members by path, a hash's by name. */
export const INDEXED: Record<
  IndexDefinition['storage'],
  { keyType: 'JSON' | 'HASH'; identifier(attribute: { path: string; alias: string }): string }
> = {
  json: { keyType: 'JSON', identifier: ({ path }) => path },
  hash: { keyType: 'HASH', identifier: ({ alias }) => alias },
}

/**
 * A definition with its defaults, after laying `override` (a part of the same shape; objects merge, arrays replace) over it.
 *
 * @throws AppError CONFIG_INVALID that lists every problem
 */
export function defineIndex(base: IndexDefinitionInput, override: unknown = {}): IndexDefinition {
  const parsed = v.safeParse(IndexDefinitionSchema, merge(base, override))
  if (parsed.success) return parsed.output
  const problems = parsed.issues.map((issue) => ({ path: placeOf(issue), message: issue.message }))
  const list = problems.map(({ path, message }) => `\n  ${path || 'definition'}: ${message}`).join('')
  throw new AppError('CONFIG_INVALID', `Index definition:${list}`, { problems })
}

/**
 * Names what makes two indexes differ, in 12 hexadecimal digits. What does not change the index (name, which fields
 * are returned or filterable, a separator that only a TAG has) is left out, so that editing it does not ask for a migration.
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

/** The real index behind the alias. */
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
