import * as v from 'valibot'
import type { IndexDefinition } from '../definition.ts'
import { show } from '../errors.ts'
import { isUserId } from '../users/user-id.ts'
import { didYouMean, didYouMeanField } from './did-you-mean.ts'
import type { FilterInput } from './filter-schema.ts'
import { boundedList } from './list-schema.ts'
import { wholeNumber } from './whole-number.ts'

export type SearchRequest = v.InferOutput<ReturnType<typeof searchRequestSchema>>
export type SeedInput = v.InferOutput<typeof SeedSchema>

/** Each bounds what one request can cost Redis. MAX_K is configurable. */
export const LIMITS = { seeds: 100, efRuntime: 4096, weight: 1000, searches: 20 }

export const UserIdSchema = v.pipe(
  v.string('Expected the id of a user'),
  v.check(isUserId, 'Expected a text of 1 to 256 bytes without control characters'),
  v.metadata({ minLength: 1, maxLength: 256, pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]*$' }),
)

// The elements of a vector are not checked here: the codec checks them while it encodes, and a schema check of each
// costs more than the search's own overhead (1.3 to 1.4 times the bare call).
export const NumbersSchema = v.custom<number[]>(Array.isArray, 'Expected an array of numbers')
export const Base64Schema = v.string()
export const VectorSchema = v.union(
  [Base64Schema, NumbersSchema],
  'Expected an array of numbers, or base64 of float32 little-endian',
)

const aboveZero = `Expected a number above 0 and up to ${LIMITS.weight}`
const Weight = v.optional(
  v.pipe(v.number(aboveZero), v.gtValue(0, aboveZero), v.maxValue(LIMITS.weight, aboveZero)),
)

export const SeedSchema = v.union(
  [
    UserIdSchema,
    NumbersSchema,
    v.strictObject({ user: UserIdSchema, weight: Weight }),
    v.strictObject({ vector: VectorSchema, weight: Weight }),
  ],
  'Expected the id of a user, an array of numbers, or {"user" or "vector": …, "weight": …}',
)
const seedsLimit = `Expected 1 to ${LIMITS.seeds} users or vectors`
export const SeedListSchema = boundedList(SeedSchema, { min: 1, max: LIMITS.seeds, message: seedsLimit })

/** For `compileFilter` to look at, which says more of what is wrong than a schema could. */
export const AnyFilterSchema: v.GenericSchema<FilterInput, unknown> = v.custom<FilterInput>(() => true)

const fieldNames = new WeakMap<IndexDefinition, ReturnType<typeof makeFieldNameSchema>>()

/** The alias of a field that an answer may show. One schema for each definition, so that the API's document names it once. */
export function fieldNameSchema(definition: IndexDefinition) {
  const schema = fieldNames.get(definition) ?? makeFieldNameSchema(definition)
  fieldNames.set(definition, schema)
  return schema
}

function makeFieldNameSchema({ fields }: IndexDefinition) {
  const returnable = fields.filter(({ returned }) => returned)
  const aliases = returnable.map(({ alias }) => alias)
  return v.picklist(aliases, ({ input }) => {
    const hint = didYouMeanField(String(input), returnable)
    return `Expected one of ${aliases.join(', ')}, got ${show(input)}${hint}`
  })
}

export const STRATEGIES = ['average', 'best_score'] as const
export const StrategySchema = v.pipe(
  v.picklist(STRATEGIES, `Expected one of ${STRATEGIES.join(', ')}`),
  v.description(
    'average (default): the users nearest to the mean of like. best_score: the users nearest to one of like, without those that are nearer to one of unlike',
  ),
)

/** The members of a search other than its seeds. The validator and the API's document are both made of these schemas. */
export function searchOptions(
  definition: IndexDefinition,
  maxK: number,
  fieldName = fieldNameSchema(definition),
) {
  return {
    k: v.optional(wholeNumber(maxK), 10),
    filter: v.optional(AnyFilterSchema),
    maxDistance: v.optional(
      v.pipe(
        v.number('Expected a number'),
        v.finite('Expected a number'),
        v.description(
          'The largest distance of a result. For L2 a distance is the square of the Euclidean one.',
        ),
      ),
    ),
    exact: v.optional(v.boolean('Expected true or false')),
    efRuntime: v.optional(v.pipe(wholeNumber(LIMITS.efRuntime), v.description('Not together with exact'))),
    fields: v.optional(
      boundedList(fieldName, {
        min: 0,
        max: definition.fields.length,
        message: 'Expected a list of fields, each at most once',
      }),
    ),
    includeVector: v.optional(v.boolean('Expected true or false'), false),
  }
}

/** One search, as `POST /search` takes it. */
export function searchRequestSchema(definition: IndexDefinition, maxK: number) {
  const members = {
    vector: v.optional(VectorSchema),
    user: v.optional(UserIdSchema),
    like: v.optional(SeedListSchema),
    unlike: v.optional(SeedListSchema),
    strategy: v.optional(StrategySchema),
    ...searchOptions(definition, maxK),
  }
  return v.pipe(
    v.strictObject(members, unknownMember(Object.keys(members))),
    v.check(
      ({ vector, user, like }) => [vector, user, like].filter((given) => given !== undefined).length === 1,
      'Expected exactly one of vector, user, like',
    ),
    v.check(
      ({ like, unlike }) => unlike === undefined || like !== undefined,
      'Expected like together with unlike',
    ),
    v.check(
      ({ like, strategy }) => strategy === undefined || like !== undefined,
      'Expected like together with strategy',
    ),
    v.check(
      ({ exact, efRuntime }) => !(exact && efRuntime !== undefined),
      'Expected exact or efRuntime, not both: brute force walks no graph',
    ),
  )
}

/** `{"searches": […]}`: several at once. */
export function searchBatchSchema<TSearch extends v.GenericSchema>(search: TSearch) {
  const limit = `Expected 1 to ${LIMITS.searches} searches`
  return v.strictObject(
    { searches: boundedList(search, { min: 1, max: LIMITS.searches, message: limit }) },
    unknownMember(['searches']),
  )
}

function unknownMember(members: string[]) {
  return ({ expected, input }: v.BaseIssue<unknown>) => {
    if (expected !== 'never') return 'Expected an object'
    return `Expected one of ${members.join(', ')}${didYouMean(String(input), members)}`
  }
}
