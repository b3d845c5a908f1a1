import * as v from 'valibot'
import { show } from '../errors.ts'
import { type FieldType, type Operator, WITHOUT_NUL } from './field-type.ts'
import { type FilterParams, intersection, invalid, union } from './query-node.ts'
import { MAX_WORD_BYTES, spellings } from './spellings.ts'
import { textDoubts } from './text-doubts.ts'
import { textParts } from './text-words.ts'

/** As many words as a filter may have values, of as many bytes as RediSearch compares: 256 times 128. */
export const MAX_TEXT_LENGTH = 32_768

const allWords: Operator = ({ alias }, operand, path, params) => {
  if (typeof operand !== 'string') throw invalid(path, `Expected text, got ${show(operand)}`)
  if (operand.length > MAX_TEXT_LENGTH) {
    const limits = `Expected at most ${MAX_TEXT_LENGTH} characters`
    throw invalid(path, `${limits}, got ${operand.length}`)
  }
  if (operand.includes('\0')) throw invalid(path, `Expected ${WITHOUT_NUL}`)
  if (!operand.isWellFormed()) throw invalid(path, 'Expected whole characters, got half of a surrogate pair')
  const parts = textParts(operand)
  if (parts.length === 0) throw invalid(path, 'Expected at least one word that is no stop word')
  return intersection(
    parts.map((readings) =>
      union(
        readings.map((words) =>
          intersection(words.map((word) => `@${alias}:(${oneOf(word, path, params)})`)),
        ),
      ),
    ),
  )
}

/**
 * Each spelling stands twice. Alone, RediSearch 2.10 looks for it in the words of all TEXT fields: within a negation it
 * may then pass over a user for the word in another field. A union of two compares each user's field.
 */
function oneOf(word: string, path: string, params: FilterParams): string {
  if (Buffer.byteLength(word) > MAX_WORD_BYTES) {
    params.warn(
      `RediSearch compares the first ${MAX_WORD_BYTES} bytes of a word, and the filter has a longer one at ${path}: users match, too, if their word differs only behind them`,
    )
  }
  return params
    .spellings(spellings(word), path)
    .flatMap((name) => [name, name])
    .join(' | ')
}

const NUL = '\\u0000'
const Words = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(MAX_TEXT_LENGTH),
  v.regex(new RegExp(`^[^${NUL}]*$`)),
)

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

  doubts(value) {
    const texts = Array.isArray(value) ? value : [value]
    const all = texts.flatMap((one) => (typeof one === 'string' ? textDoubts(one) : []))
    return all.length < 2 ? all : [...new Set(all)]
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
  filterSchema: () => v.strictObject({ $text: Words }),
  querySchema: () => Words,
  fromQuery: (value) => ({ $text: value }),
} satisfies FieldType
