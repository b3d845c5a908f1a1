import * as v from 'valibot'
import { show } from '../errors.ts'
import { numberList } from './cell-list.ts'
import { type EqualsAny, equality, equalitySchema, operatorsSchema } from './equality.ts'
import type { FieldType, Operator } from './field-type.ts'
import { invalid, union } from './query-node.ts'

const JSON_NUMBER = /^\s*-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?\s*$/

const equalsAny: EqualsAny = (field, values, params) =>
  union(
    values.map(({ value, path }) => {
      const name = params.value(numberValue(value, path), path)
      return `@${field.alias}:[${name} ${name}]`
    }),
  )

const range =
  (write: (bound: string) => string): Operator =>
  (field, operand, path, params) =>
    `@${field.alias}:[${write(params.value(numberValue(operand, path), path))}]`

/** 2^53 - 1. A double that is larger stands for several whole numbers. */
const MOST = Number.MAX_SAFE_INTEGER
const Comparable = v.pipe(v.number(), v.minValue(-MOST), v.maxValue(MOST))

/** A number. */
export const numeric = {
  createArgs: () => ['NUMERIC'],
  attribute: () => ({ type: 'NUMERIC' }),
  indexable: {
    one: 'a number',
    several: 'numbers',
    accepts: (value) => typeof value === 'number' && Number.isFinite(value),
    schema: v.number(),
    // In a hash, RediSearch reads one number and no list.
    listsIn: ['json'],
    emptyLists: true,
  },

  doubts: () => [],
  toHash: (_field, value) => (typeof value === 'number' ? String(value) : undefined),
  fromHash: (text) => (Number.isFinite(Number(text)) ? Number(text) : text),
  fromJson: (text) => Number(text),
  // The digits stay as they are: 9007199254740993 keeps its last one.
  fromCell: (text) => (JSON_NUMBER.test(text) ? text.trim() : (numberList(text) ?? JSON.stringify(text))),

  operators: {
    ...equality(equalsAny),
    $gt: range((bound) => `(${bound} +inf`),
    $gte: range((bound) => `${bound} +inf`),
    $lt: range((bound) => `-inf (${bound}`),
    $lte: range((bound) => `-inf ${bound}`),
  },
  filterSchema() {
    const bound = v.exactOptional(Comparable)
    const ranges = { $gt: bound, $gte: bound, $lt: bound, $lte: bound }
    return v.union([Comparable, operatorsSchema({ ...equalitySchema(Comparable), ...ranges })])
  },
  halve(_field, values) {
    const least = values
      .map((value) => Math.min(...[value].flat().filter((one) => typeof one === 'number')))
      .filter((one) => Math.abs(one) <= MOST)
    const median = least.toSorted((a, b) => a - b)[Math.floor(least.length / 2)]
    return median === undefined ? undefined : { $lte: median }
  },
  querySchema: () => Comparable,
  fromQuery: numberOf,
} satisfies FieldType

/** The number of a query parameter. Text that is no number stays text, so that the refusal can show it. */
export function numberOf(text: string): number | string {
  return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? Number(text) : text
}

function numberValue(value: unknown, path: string): string {
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw invalid(path, `Expected a number, got ${show(value)}`)
  if (Math.abs(value) <= MOST) return String(value)
  const reason = 'beyond it RediSearch takes different whole numbers for the same one'
  throw invalid(path, `Expected a number from -${MOST} to ${MOST}, since ${reason}, got ${show(value)}`)
}
