import type { FieldDefinition, IndexDefinition } from '../definition.ts'
import { kind } from '../errors.ts'
import { fieldTypeOf } from '../fields/field-types.ts'

/**
 * Why RediSearch would not index a field's value, or would index only a part of it: `Expected a number or a list of
 * numbers for NUMERIC, got text`.
 *
 * Absent and null are valid for every type: RediSearch indexes the document without the field.
 */
export function findIndexingProblem(
  field: FieldDefinition,
  value: unknown,
  storage: IndexDefinition['storage'],
): string | undefined {
  if (value === undefined || value === null) return undefined
  const expected = describeExpected(field, value, storage)
  if (expected !== undefined) return `Expected ${expected}, got ${kind(value)}`
  const { wholeInstead } = fieldTypeOf(field).indexable
  if (wholeInstead === undefined) return undefined
  const texts = Array.isArray(value) ? value : [value]
  for (const text of texts) {
    const whole = typeof text === 'string' ? wholeInstead(field, text) : undefined
    if (whole !== undefined) return `Expected ${whole} for ${field.type}, got other text`
  }
  return undefined
}

/**
 * The values that RediSearch indexes in the field: `a number or a list of numbers for NUMERIC`. Returns undefined if
 * this value is one of them.
 */
function describeExpected(
  field: FieldDefinition,
  value: unknown,
  storage: IndexDefinition['storage'],
): string | undefined {
  const { type, sortable } = field
  const { one, several, accepts, listsIn, acceptsInList = accepts, emptyLists } = fieldTypeOf(field).indexable
  const isListAllowed = listsIn.includes(storage)
  const isAccepted = Array.isArray(value) && isListAllowed ? value.every(acceptsInList) : accepts(value)
  if (!isAccepted) return `${one}${isListAllowed ? ` or a list of ${several}` : ''} for ${type}`
  const isEmptyList = Array.isArray(value) && value.length === 0
  if (!isEmptyList) return undefined
  if (sortable) return `a list of at least one for SORTABLE ${type}`
  return emptyLists ? undefined : `a list of at least one for ${type}`
}
