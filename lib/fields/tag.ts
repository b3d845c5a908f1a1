import * as v from 'valibot'
import { show } from '../errors.ts'
import { isBracketed, textList } from './cell-list.ts'
import { type EqualsAny, equality, equalitySchema, operatorsSchema } from './equality.ts'
import { type Field, type FieldType, WITHOUT_NUL } from './field-type.ts'
import { invalid } from './query-node.ts'

/** RediSearch cuts the tags of a document here, so a longer one in a filter matches no user. */
const MAX_TAG_BYTES = 4096
/** A filter of more tags is seldom asked. */
const MAX_HALVING_TAGS = 16
/** Of the users: one tag more may bring the half above it. */
const MOST_OF_HALF = 0.6
const BLANKS = '\t\n\v\f\r '

const equalsAny: EqualsAny = (field, values, params) => {
  // Even in a PARAM, RediSearch takes a backslash before punctuation or a blank for an escape: `\}` would match `}`.
  const tags = values.map(({ value, path }) =>
    params.value(tagValue(field, value, path).replaceAll('\\', '\\\\'), path),
  )
  return `@${field.alias}:{${tags.join(' | ')}}`
}

/** Labels, of which a user may have several. */
export const tag = {
  // A JSON field has no separator by default: without one, "kids, road" is a single tag.
  createArgs: ({ separator }) => ['TAG', 'SEPARATOR', separator],
  attribute: ({ separator }) => ({ type: 'TAG', separator }),
  indexable: {
    one: 'text, true, false',
    several: 'texts',
    accepts: (value) => typeof value === 'string' || typeof value === 'boolean',
    schema: v.union([v.string(), v.boolean()]),
    listsIn: ['json', 'hash'],
    acceptsInList: (element) => typeof element === 'string' || element === null,
    schemaInList: v.nullable(v.string()),
    emptyLists: true,
    wholeInstead({ separator }, value) {
      if (value.includes('\0')) return WITHOUT_NUL
      const isLong = (tag: string) => Buffer.byteLength(trimTag(tag)) > MAX_TAG_BYTES
      const mayBeLong = Buffer.byteLength(value) > MAX_TAG_BYTES
      if (!mayBeLong || !value.split(separator).some(isLong)) return undefined
      return `tags of at most ${MAX_TAG_BYTES} bytes between ${show(separator)}`
    },
  },

  doubts: () => [],
  toHash({ separator }, value) {
    if (typeof value === 'string' || typeof value === 'boolean') return String(value)
    // RediSearch splits each element of a JSON list at the separator, too.
    const texts = Array.isArray(value) ? value.filter((element) => typeof element === 'string') : []
    return texts.length === 0 ? undefined : texts.join(separator)
  },
  fromHash: (text) => text,
  fromJson: (text) => text,
  fromCell: (text) => (isBracketed(text) ? textList(text) : JSON.stringify(text)),

  operators: equality(equalsAny),
  filterSchema({ separator }) {
    const value = v.union([v.pipe(tagSchema(separator), v.maxLength(MAX_TAG_BYTES)), v.boolean()])
    return v.union([value, operatorsSchema(equalitySchema(value))])
  },
  halve({ separator }, values) {
    const users = values.map((value) => new Set(tagsOf(value, separator)))
    const counts = new Map<string, number>()
    for (const tag of users.flatMap((tags) => [...tags])) counts.set(tag, (counts.get(tag) ?? 0) + 1)
    const chosen = new Set<string>()
    for (const [tag] of [...counts].toSorted(([, a], [, b]) => b - a).slice(0, MAX_HALVING_TAGS)) {
      const passing = users.filter((tags) => tags.has(tag) || !tags.isDisjointFrom(chosen)).length
      if (passing <= MOST_OF_HALF * users.length) chosen.add(tag)
    }
    return chosen.size === 0 ? undefined : { $in: [...chosen] }
  },
  // A URL is too long before a tag is.
  querySchema: ({ separator }) => v.pipe(v.array(tagSchema(separator, ',')), v.minLength(1)),
  fromQuery: (text) => ({ $in: text.split(',') }),
} satisfies FieldType

/** A tag as RediSearch stores it: without the blanks around it. */
function tagValue(field: Field, value: unknown, path: string): string {
  if (typeof value === 'boolean') return String(value)
  if (typeof value !== 'string' || !value.isWellFormed())
    throw invalid(path, `Expected text, got ${show(value)}`)
  const text = trimTag(value)
  if (text === '') throw invalid(path, 'Expected a tag, got an empty text')
  if (text.includes('\0') || Buffer.byteLength(text) > MAX_TAG_BYTES) {
    throw invalid(path, `Expected a tag of at most ${MAX_TAG_BYTES} bytes without NUL, got ${show(text)}`)
  }
  if (text.includes(field.separator)) {
    throw invalid(
      path,
      `Expected one tag, got ${show(text)}, which contains the separator ${show(field.separator)}: use $in`,
    )
  }
  return text
}

/** Linear in the text: a pattern for the blanks at its end would look again from each blank. */
function trimTag(text: string): string {
  let [from, to] = [0, text.length]
  while (from < to && BLANKS.includes(text.charAt(from))) from++
  while (from < to && BLANKS.includes(text.charAt(to - 1))) to--
  return text.slice(from, to)
}

/** A text that is not blank and contains neither NUL nor a separator. */
function tagSchema(...separators: string[]) {
  const forbidden = `\\u0000${[...new Set(separators)].map(codePoint).join('')}`
  const blanks = '\\t\\n\\v\\f\\r '
  const pattern = new RegExp(`^[${blanks}]*[^${blanks}${forbidden}][^${forbidden}]*$`)
  return v.pipe(v.string(), v.regex(pattern))
}

function codePoint(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** The tags of a value that RediSearch indexes and a filter can have, in lower case: a TAG field ignores case. */
function tagsOf(value: unknown, separator: string): string[] {
  const texts = [value].flat().filter((text) => typeof text === 'string' || typeof text === 'boolean')
  return texts
    .flatMap((text) =>
      String(text)
        .split(separator)
        .map((tag) => trimTag(tag).toLowerCase()),
    )
    .filter(
      (tag) =>
        tag !== '' && !tag.includes('\0') && tag.isWellFormed() && Buffer.byteLength(tag) <= MAX_TAG_BYTES,
    )
}
