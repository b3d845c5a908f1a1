import * as v from 'valibot'
import { show } from '../errors.ts'
import { type FieldType, type Operator, WITHOUT_NUL } from './field-type.ts'
import { intersection, invalid } from './query-text.ts'
import { textTerms } from './text-terms.ts'

const allWords: Operator = (field, operand, path, bind) => {
  if (typeof operand !== 'string') throw invalid(path, `Expected text, got ${show(operand)}`)
  const words = textTerms(operand)
  if (words.length === 0) throw invalid(path, 'Expected at least one word that is no stop word')
  return intersection(
    words.map((spellings) => `@${field.alias}:(${spellings.map((word) => bind(word, path)).join(' | ')})`),
  )
}

/** Text that is searched by its words. */
export const text = {
  createArgs: () => ['TEXT'],
  attribute: () => ({ type: 'TEXT', weight: 1 }),
  indexable: {
    one: 'text',
    several: 'texts',
    accepts: (value) => typeof value === 'string',
    schema: v.string(),
    listsIn: ['json', 'hash'],
    acceptsInList: (element) => typeof element === 'string' || element === null,
    schemaInList: v.nullable(v.string()),
    emptyLists: true,
    wholeInstead: (_field, value) => (value.includes('\0') ? WITHOUT_NUL : undefined),
  },

  toHash(_field, value) {
    if (typeof value === 'string') return value
    const texts = Array.isArray(value) ? value.filter((element) => typeof element === 'string') : []
    return texts.length === 0 ? undefined : texts.join(' ')
  },
  fromHash: (value) => value,
  fromJson: (value) => value,
  fromCell: (value) => JSON.stringify(value),

  operators: { $text: allWords },
  filterSchema: () => v.strictObject({ $text: v.pipe(v.string(), v.minLength(1)) }),
  querySchema: () => v.pipe(v.string(), v.minLength(1)),
  fromQuery: (value) => ({ $text: value }),
} satisfies FieldType
