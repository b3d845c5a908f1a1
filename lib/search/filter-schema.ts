import * as v from 'valibot'
import type { FieldDefinition, IndexDefinition } from '../definition.ts'
import { MAX_TAG_BYTES, NEAR_BOUNDS } from './filter-operators.ts'
import { wholeNumber } from './whole-number.ts'

/** A filter as a caller writes it. */
export interface FilterInput {
  $and?: FilterInput[]
  $or?: FilterInput[]
  $not?: FilterInput
  [alias: string]: Condition | FilterInput | FilterInput[] | undefined
}

export type Condition = {
  [TType in keyof typeof CONDITIONS]: v.InferInput<ReturnType<(typeof CONDITIONS)[TType]>>
}[keyof typeof CONDITIONS]

const Near = v.strictObject({
  lon: within(NEAR_BOUNDS.lon),
  lat: within(NEAR_BOUNDS.lat),
  km: within(NEAR_BOUNDS.km),
})

/** What may stand after a field's alias; what it means, `filter-operators.ts` says. */
const CONDITIONS = {
  TAG: ({ separator }: FieldDefinition) => {
    const text = v.pipe(tagSchema(separator), v.maxLength(MAX_TAG_BYTES))
    const tag = v.union([text, v.boolean()])
    return v.union([tag, operators(equality(tag))])
  },
  NUMERIC: () => {
    const bound = v.exactOptional(v.number())
    const ranges = { $gt: bound, $gte: bound, $lt: bound, $lte: bound }
    return v.union([v.number(), operators({ ...equality(v.number()), ...ranges })])
  },
  TEXT: () => v.strictObject({ $text: v.pipe(v.string(), v.minLength(1)) }),
  GEO: () => v.strictObject({ $near: Near }),
} satisfies Record<FieldDefinition['type'], (field: FieldDefinition) => v.GenericSchema>

/** The filters of an index, for whoever writes one or reads about them; `compileFilter` is who checks them. */
export function filterSchema({ fields }: IndexDefinition): v.GenericSchema<FilterInput> {
  const list = v.pipe(v.array(v.lazy(() => filter)), v.minLength(1))
  const conditions = fields.map((field) => [field.alias, v.exactOptional(CONDITIONS[field.type](field))])
  const filter: v.GenericSchema<FilterInput> = operators({
    ...Object.fromEntries(conditions),
    $and: v.exactOptional(list),
    $or: v.exactOptional(list),
    $not: v.exactOptional(v.lazy(() => filter)),
  })
  return filter
}

/** The query string of `GET /users/{id}/similar`, where a list is written with commas. A URL is too long before a tag is. */
export function similarUsersQuery(
  { fields }: IndexDefinition,
  maxK: number,
): Record<string, v.GenericSchema> {
  return {
    k: v.optional(wholeNumber(maxK), 10),
    ...Object.fromEntries(fields.map((field) => [field.alias, QUERY_VALUES[field.type](field)])),
  }
}

const QUERY_VALUES = {
  TAG: ({ separator }) => v.pipe(v.array(tagSchema(separator, ',')), v.minLength(1)),
  TEXT: () => v.pipe(v.string(), v.minLength(1)),
  NUMERIC: () => v.number(),
  GEO: () => v.strictTuple([Near.entries.lon, Near.entries.lat, Near.entries.km]),
} satisfies Record<FieldDefinition['type'], (field: FieldDefinition) => v.GenericSchema>

/** A text that is not blank and has neither NUL nor separator. */
function tagSchema(...separators: string[]) {
  const forbidden = `\\u0000${[...new Set(separators)].map(codePoint).join('')}`
  const blanks = '\\t\\n\\v\\f\\r '
  const pattern = new RegExp(`^[${blanks}]*[^${blanks}${forbidden}][^${forbidden}]*$`)
  return v.pipe(v.string(), v.regex(pattern))
}

function codePoint(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function within([min, max]: readonly [min: number, max: number]) {
  return v.pipe(v.number(), v.minValue(min), v.maxValue(max))
}

function equality<T extends v.GenericSchema>(value: T) {
  const values = v.pipe(v.array(value), v.minLength(1))
  return {
    $eq: v.exactOptional(value),
    $ne: v.exactOptional(value),
    $in: v.exactOptional(values),
    $nin: v.exactOptional(values),
  }
}

function operators<T extends v.ObjectEntries>(entries: T) {
  return v.pipe(v.strictObject(entries), v.minEntries(1))
}
