import * as v from 'valibot'
import { show } from '../errors.ts'
import { type EqualsAny, equality, equalitySchema, operatorsSchema } from './equality.ts'
import type { FieldType } from './field-type.ts'
import { invalid } from './query-node.ts'

const equalsAny: EqualsAny = (field, values, params) => {
  const tags = values.map(({ value, path }) => {
    if (typeof value === 'boolean') return params.value(String(value), path)
    throw invalid(path, `Expected true or false, got ${show(value)}`)
  })
  return `@${field.alias}:{${tags.join(' | ')}}`
}

/** `true` or `false`. RediSearch has no such type: it indexes both as tags. */
export const boolean = {
  createArgs: () => ['TAG', 'SEPARATOR', ','],
  attribute: () => ({ type: 'TAG', separator: ',' }),
  indexable: {
    one: 'true or false',
    several: 'such',
    accepts: (value) => typeof value === 'boolean',
    schema: v.boolean(),
    // RediSearch leaves a document with a JSON list of booleans out.
    listsIn: [],
    emptyLists: false,
  },

  doubts: () => [],
  toHash: (_field, value) => (typeof value === 'boolean' ? String(value) : undefined),
  fromHash: booleanOf,
  // From a JSON document, RediSearch answers 1 for true and 0 for false.
  fromJson: (text) => (text === '1' || text === '0' ? text === '1' : booleanOf(text)),
  // Python writes True, Excel TRUE.
  fromCell: (text) => JSON.stringify(booleanOf(text.trim().toLowerCase(), text)),

  operators: equality(equalsAny),
  filterSchema: () => v.union([v.boolean(), operatorsSchema(equalitySchema(v.boolean()))]),
  halve: () => true,
  querySchema: () => v.boolean(),
  fromQuery: (text) => booleanOf(text),
} satisfies FieldType

/** Text that is neither `true` nor `false` stays text, so that a refusal can show it. */
function booleanOf(word: string, text = word): boolean | string {
  return word === 'true' || word === 'false' ? word === 'true' : text
}
