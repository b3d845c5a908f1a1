import * as v from 'valibot'
import type { Field, Operator } from './field-type.ts'
import { expectList, type FilterParams, invalid, not, type QueryNode } from './query-node.ts'

/** The query text for: the field equals one of the values. */
export type EqualsAny = (
  field: Field,
  values: { value: unknown; path: string }[],
  params: FilterParams,
) => QueryNode

/** `$eq`, `$ne`, `$in` and `$nin` of a type. */
export function equality(equalsAny: EqualsAny) {
  const one: Operator = (field, operand, path, params) => {
    if (Array.isArray(operand)) throw invalid(path, 'Expected one value, got a list: use $in')
    return equalsAny(field, [{ value: operand, path }], params)
  }
  const list: Operator = (field, operand, path, params) => {
    const values = expectList(operand, path).map((value, i) => ({ value, path: `${path}[${i}]` }))
    return equalsAny(field, values, params)
  }
  const negate =
    (operator: Operator): Operator =>
    (...args) =>
      not(operator(...args))
  return { $eq: one, $ne: negate(one), $in: list, $nin: negate(list) }
}

/** The schema of the same operators. */
export function equalitySchema<T extends v.GenericSchema>(value: T) {
  const values = v.pipe(v.array(value), v.minLength(1))
  return {
    $eq: v.exactOptional(value),
    $ne: v.exactOptional(value),
    $in: v.exactOptional(values),
    $nin: v.exactOptional(values),
  }
}

export function operatorsSchema<T extends v.ObjectEntries>(entries: T) {
  return v.pipe(v.strictObject(entries), v.minEntries(1))
}
