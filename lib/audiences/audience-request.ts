import * as v from 'valibot'
import type { IndexDefinition } from '../definition.ts'
import { boundedList } from '../search/list-schema.ts'
import {
  AnyFilterSchema,
  fieldNameSchema,
  LIMITS as SEARCH_LIMITS,
  SeedListSchema,
  StrategySchema,
  UserIdSchema,
} from '../search/search-request.ts'

/** All objects of audiences are below it. An audience's id begins with `a`, so a lifecycle rule can leave the seeds out. */
export const AUDIENCE_PREFIX = 'audiences/'
export const SEEDS_PREFIX = 'audiences/seeds/'
export const FORMATS = ['csv', 'ndjson', 'parquet'] as const
export const LIMITS = { idsInFile: 500_000, inline: SEARCH_LIMITS.seeds, nameLength: 100 }

export type AudienceRequest = v.InferOutput<ReturnType<typeof audienceRequestSchema>>
export type MembersInput = AudienceRequest['like']

const expectedKey = `Expected a key below ${SEEDS_PREFIX}`
export const SeedFileSchema = v.strictObject({
  key: v.pipe(
    v.string(expectedKey),
    v.maxLength(1024, expectedKey),
    v.check((key) => key.startsWith(SEEDS_PREFIX) && key.length > SEEDS_PREFIX.length, expectedKey),
    v.metadata({ pattern: `^${SEEDS_PREFIX}.` }),
  ),
})

const SeedsSchema = v.union(
  [SeedListSchema, SeedFileSchema],
  `Expected 1 to ${LIMITS.inline} users or vectors, or {"key": "${SEEDS_PREFIX}…"}`,
)
const inlineIds = `Expected 1 to ${LIMITS.inline} ids`
const ExcludedSchema = v.union(
  [boundedList(UserIdSchema, { min: 1, max: LIMITS.inline, message: inlineIds }), SeedFileSchema],
  `${inlineIds}, or {"key": "${SEEDS_PREFIX}…"}`,
)

const percentRange = 'Expected a number above 0 and up to 100'
const usersRange = 'Expected a whole number from 1'
export const SizeSchema = v.union(
  [
    v.strictObject({
      users: v.pipe(v.number(usersRange), v.safeInteger(usersRange), v.minValue(1, usersRange)),
    }),
    v.strictObject({
      percent: v.pipe(v.number(percentRange), v.gtValue(0, percentRange), v.maxValue(100, percentRange)),
    }),
    v.strictObject({ minSimilarity: v.pipe(v.number('Expected a number'), v.finite('Expected a number')) }),
  ],
  'Expected {"users": a whole number from 1}, {"percent": above 0 and up to 100} or {"minSimilarity": a number}',
)

const holdoutRange = 'Expected a number from 0 to 0.5'
const nameRange = `Expected a text of 1 to ${LIMITS.nameLength} characters without control characters`
export const NameSchema = v.pipe(
  v.string(nameRange),
  v.minLength(1, nameRange),
  v.maxLength(LIMITS.nameLength, nameRange),
  v.check((name) => !/\p{Cc}/u.test(name), nameRange),
  v.metadata({ pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]*$' }),
)
const period = 'Expected a period such as 12h, 1d or 2w'
export const PeriodSchema = v.pipe(v.string(period), v.regex(/^[1-9]\d{0,2}[hdw]$/, period))

/** The members that choose users. A preview takes only these and the size. */
const MEMBERS = {
  like: SeedsSchema,
  unlike: v.optional(SeedsSchema),
  strategy: v.optional(StrategySchema, 'best_score'),
  filter: v.optional(AnyFilterSchema),
  exclude: v.optional(ExcludedSchema),
  holdout: v.optional(
    v.pipe(v.number(holdoutRange), v.minValue(0, holdoutRange), v.maxValue(0.5, holdoutRange)),
    0.2,
  ),
}

/** An audience, as `POST /audiences` takes it. */
export function audienceRequestSchema(definition: IndexDefinition) {
  const fieldName = fieldNameSchema(definition)
  const message = 'Expected a list of fields, each at most once'
  const fields = boundedList(fieldName, { min: 0, max: definition.fields.length, message })
  return v.pipe(
    v.strictObject({
      name: v.optional(NameSchema),
      ...MEMBERS,
      size: SizeSchema,
      fields: v.optional(fields, []),
      hash: v.optional(v.pipe(fields, v.description('Fields as SHA-256 of their text')), []),
      format: v.optional(v.picklist(FORMATS, `Expected one of ${FORMATS.join(', ')}`), 'csv'),
      gzip: v.optional(v.boolean('Expected true or false'), false),
      refreshEvery: v.optional(PeriodSchema),
    }),
    v.check(
      ({ format, gzip }) => !(gzip && format === 'parquet'),
      'Expected gzip with csv or ndjson only: Parquet is packed by itself',
    ),
  )
}

/** The request of `POST /audiences/preview`: an audience without the members that only its file needs. */
export const PreviewRequestSchema = v.strictObject({ ...MEMBERS, size: v.optional(SizeSchema) })
export type PreviewRequest = v.InferOutput<typeof PreviewRequestSchema>
