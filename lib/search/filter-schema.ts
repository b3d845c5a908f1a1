import * as v from 'valibot'
import type { FieldDefinition, IndexDefinition } from '../definition.ts'
import { operatorsSchema } from '../fields/equality.ts'
import { FIELD_TYPES, type FieldTypeName, fieldTypeOf } from '../fields/field-types.ts'
import { wholeNumber } from './whole-number.ts'

/** A filter as a caller writes it. */
export interface FilterInput {
  $and?: FilterInput[]
  $or?: FilterInput[]
  $not?: FilterInput
  [alias: string]: Condition | FilterInput | FilterInput[] | undefined
}

export type Condition = {
  [TType in FieldTypeName]: v.InferInput<ReturnType<(typeof FIELD_TYPES)[TType]['filterSchema']>>
}[FieldTypeName]

/** The filters of an index, for the API's description and for types. `compileFilter` checks a filter. */
export function filterSchema({ fields }: IndexDefinition): v.GenericSchema<FilterInput> {
  const list = v.pipe(v.array(v.lazy(() => filter)), v.minLength(1))
  const conditions = fields
    .filter(isFilterable)
    .map((field) => [field.alias, v.exactOptional(FIELD_TYPES[field.type].filterSchema(field))])
  const filter: v.GenericSchema<FilterInput> = operatorsSchema({
    ...Object.fromEntries(conditions),
    $and: v.exactOptional(list),
    $or: v.exactOptional(list),
    $not: v.exactOptional(v.lazy(() => filter)),
  })
  return filter
}

function isFilterable({ filterable }: FieldDefinition): boolean {
  return filterable
}

/** The query string of `GET /users/{id}/similar`, where commas separate the members of a list. */
export function similarUsersQuery(
  { fields }: IndexDefinition,
  maxK: number,
): Record<string, v.GenericSchema> {
  return {
    k: v.optional(wholeNumber(maxK), 10),
    ...Object.fromEntries(
      fields.filter(isFilterable).map((field) => [field.alias, fieldTypeOf(field).querySchema(field)]),
    ),
  }
}
