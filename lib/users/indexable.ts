import type { FieldDefinition, IndexDefinition } from '../definition.ts'
import { fieldTypeOf } from '../fields/field-types.ts'

/**
 * What RediSearch would index in the field, when the value is not that: `a number or a list of numbers for NUMERIC`.
 * Absent and null are fine for every type: RediSearch indexes the document without the field.
 */
export function expectedInstead(
  field: FieldDefinition,
  value: unknown,
  storage: IndexDefinition['storage'],
): string | undefined {
  if (value === undefined || value === null) return undefined
  const { type, sortable } = field
  const { one, several, accepts, listsIn, acceptsInList = accepts, emptyLists } = fieldTypeOf(field).indexable
  const mayBeList = listsIn.includes(storage)
  const isFine = Array.isArray(value) && mayBeList ? value.every(acceptsInList) : accepts(value)
  if (!isFine) return `${one}${mayBeList ? ` or a list of ${several}` : ''} for ${type}`
  const isEmptyList = Array.isArray(value) && value.length === 0
  if (sortable && isEmptyList) return `a list of at least one for SORTABLE ${type}`
  return isEmptyList && !emptyLists ? `a list of at least one for ${type}` : undefined
}
