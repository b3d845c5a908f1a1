import * as v from 'valibot'
import type { FieldDefinition, IndexDefinition } from '../definition.ts'
import { wholeNumber } from './search-request.ts'

/** A filter as a caller writes it. */
export interface FilterInput {
  $and?: FilterInput[]
  $or?: FilterInput[]
  $not?: FilterInput
  [alias: string]: Condition | FilterInput | FilterInput[] | undefined
}
export type Condition = {
  [TType in FieldDefinition['type']]: v.InferInput<(typeof CONDITIONS)[TType]>
}[FieldDefinition['type']]

const Tag = v.union([v.pipe(v.string(), v.minLength(1)), v.boolean()])
const Near = v.strictObject({
  lon: v.pipe(v.number(), v.minValue(-180), v.maxValue(180)),
  lat: v.pipe(v.number(), v.minValue(-85.05112878), v.maxValue(85.05112878)),
  km: v.pipe(v.number(), v.minValue(0.001), v.maxValue(20_040)),
})

/** What may stand after a field's alias. `OPERATORS` of `filter-operators.ts` are their meaning; a test holds them equal. */
export const CONDITIONS = {
  TAG: v.union([Tag, operators(equality(Tag))]),
  NUMERIC: v.union([
    v.number(),
    operators({
      ...equality(v.number()),
      $gt: v.exactOptional(v.number()),
      $gte: v.exactOptional(v.number()),
      $lt: v.exactOptional(v.number()),
      $lte: v.exactOptional(v.number()),
    }),
  ]),
  TEXT: v.strictObject({ $text: v.pipe(v.string(), v.minLength(1)) }),
  GEO: v.strictObject({ $near: Near }),
} as const satisfies Record<FieldDefinition['type'], v.GenericSchema>

/** The filters of an index, for whoever writes one or reads about them. */
export function filterSchema({ fields }: IndexDefinition): v.GenericSchema<FilterInput> {
  const list = v.pipe(v.array(v.lazy(() => filter)), v.minLength(1))
  const filter: v.GenericSchema<FilterInput> = v.pipe(
    v.strictObject({
      ...Object.fromEntries(fields.map(({ alias, type }) => [alias, v.exactOptional(CONDITIONS[type])])),
      $and: v.exactOptional(list),
      $or: v.exactOptional(list),
      $not: v.exactOptional(v.lazy(() => filter)),
    }),
    v.minEntries(1),
  )
  return filter
}

/** The query string of `GET /users/{id}/similar`, where a list is written with commas. */
export function similarUsersQuery({ fields }: IndexDefinition, maxK: number) {
  return {
    k: v.optional(wholeNumber(maxK), 10),
    ...Object.fromEntries(fields.map(({ alias, type }) => [alias, QUERY_VALUES[type]])),
  }
}

const QUERY_VALUES = {
  TAG: v.pipe(v.array(v.pipe(v.string(), v.minLength(1))), v.minLength(1)),
  TEXT: v.pipe(v.string(), v.minLength(1)),
  NUMERIC: v.number(),
  GEO: v.strictTuple([Near.entries.lon, Near.entries.lat, Near.entries.km]),
} satisfies Record<FieldDefinition['type'], v.GenericSchema>

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
