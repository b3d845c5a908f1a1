import type { FieldDefinition } from '../definition.ts'
import { AppError, show } from '../errors.ts'
import { textTerms } from './text-terms.ts'

/** Registers a value and gives the name that stands for it in the query's text. */
export type Bind = (value: string, path: string) => string

/** One operator of one field as query text, such as `@labels:{$p0 | $p1}`. */
export function compileCondition(
  field: FieldDefinition,
  operator: string,
  operand: unknown,
  fieldPath: string,
  bind: Bind,
): string {
  const path = operator === '$eq' ? fieldPath : `${fieldPath}.${operator}`
  const operators = OPERATORS[field.type]
  // Own members only: `toString` is no operator.
  const compile = Object.hasOwn(operators, operator) ? operators[operator] : undefined
  if (compile === undefined) {
    const known = Object.keys(operators).join(', ')
    throw invalid(path, `Expected one of ${known} for a ${field.type} field, got ${show(operator)}`)
  }
  return compile(field, operand, path, bind)
}

type Operator = (field: FieldDefinition, operand: unknown, path: string, bind: Bind) => string

/** What an operator of one value and its list form have in common: one of several values. */
type AnyOf = (field: FieldDefinition, values: { value: unknown; path: string }[], bind: Bind) => string

const anyTag: AnyOf = (field, values, bind) => {
  // RediSearch takes a backslash before punctuation or a blank for an escape, even in a PARAM: `\}` would find `}`.
  const tags = values.map(({ value, path }) =>
    bind(tagValue(field, value, path).replaceAll('\\', '\\\\'), path),
  )
  return `@${field.alias}:{${tags.join(' | ')}}`
}

const anyNumber: AnyOf = (field, values, bind) =>
  union(
    values.map(({ value, path }) => {
      const name = bind(numberValue(value, path), path)
      return `@${field.alias}:[${name} ${name}]`
    }),
  )

const one =
  (anyOf: AnyOf): Operator =>
  (field, operand, path, bind) => {
    if (Array.isArray(operand)) throw invalid(path, 'Expected one value, got a list: use $in')
    return anyOf(field, [{ value: operand, path }], bind)
  }

const list =
  (anyOf: AnyOf): Operator =>
  (field, operand, path, bind) => {
    const values = expectList(operand, path).map((value, i) => ({ value, path: `${path}[${i}]` }))
    return anyOf(field, values, bind)
  }

const negate =
  (operator: Operator): Operator =>
  (...args) =>
    not(operator(...args))

/** `$eq`, `$ne`, `$in`, `$nin` of a type. */
const equality = (anyOf: AnyOf): Record<string, Operator> => ({
  $eq: one(anyOf),
  $ne: negate(one(anyOf)),
  $in: list(anyOf),
  $nin: negate(list(anyOf)),
})

const range =
  (write: (bound: string) => string): Operator =>
  (field, operand, path, bind) =>
    `@${field.alias}:[${write(bind(numberValue(operand, path), path))}]`

const allWords: Operator = (field, operand, path, bind) => {
  if (typeof operand !== 'string') throw invalid(path, `Expected text, got ${show(operand)}`)
  const words = textTerms(operand)
  if (words.length === 0) throw invalid(path, 'Expected at least one word that is no stop word')
  return intersection(
    words.map((spellings) => `@${field.alias}:(${spellings.map((word) => bind(word, path)).join(' | ')})`),
  )
}

export const NEAR_BOUNDS = { lon: [-180, 180], lat: [-85.05112878, 85.05112878], km: [0.001, 1000] } as const

/**
 * `{"lon": 13.4, "lat": 52.5, "km": 10}`: within ten kilometres of there. RediSearch ends at Mercator's latitude, and its
 * wide circles have holes: of 200 of 3,000 km around places up to 75 degrees north or south, five missed somebody.
 */
const near: Operator = (field, operand, path, bind) => {
  const names = Object.keys(NEAR_BOUNDS).join(', ')
  if (typeof operand !== 'object' || operand === null || Array.isArray(operand)) {
    throw invalid(path, `Expected an object with ${names}, got ${show(operand)}`)
  }
  const given = new Map<string, unknown>(Object.entries(operand))
  const [lon, lat, km] = Object.entries(NEAR_BOUNDS).map(([name, [min, max]]) => {
    const value = given.get(name)
    given.delete(name)
    if (typeof value === 'number' && value >= min && value <= max) return bind(String(value), path)
    throw invalid(`${path}.${name}`, `Expected a number from ${min} to ${max}, got ${show(value)}`)
  })
  const [unknown] = given.keys()
  if (unknown !== undefined) throw invalid(`${path}.${unknown}`, `Expected one of ${names}`)
  return `@${field.alias}:[${lon} ${lat} ${km} km]`
}

const OPERATORS: Record<FieldDefinition['type'], Record<string, Operator>> = {
  TAG: equality(anyTag),
  NUMERIC: {
    ...equality(anyNumber),
    $gt: range((bound) => `(${bound} +inf`),
    $gte: range((bound) => `${bound} +inf`),
    $lt: range((bound) => `-inf (${bound}`),
    $lte: range((bound) => `-inf ${bound}`),
  },
  TEXT: { $text: allWords },
  GEO: { $near: near },
}

/** RediSearch cuts what a document has beyond this, so that a longer text would find nobody. */
export const MAX_TAG_BYTES = 4096

/** A tag as RediSearch stores it: the blanks around it are cut off there, so they are here. */
function tagValue(field: FieldDefinition, value: unknown, path: string): string {
  if (typeof value === 'boolean') return String(value)
  if (typeof value !== 'string' || !value.isWellFormed())
    throw invalid(path, `Expected text, got ${show(value)}`)
  const tag = value.replace(/^[\t\n\v\f\r ]+|[\t\n\v\f\r ]+$/g, '')
  if (tag === '') throw invalid(path, 'Expected a tag, got an empty text')
  if (tag.includes('\0') || Buffer.byteLength(tag) > MAX_TAG_BYTES) {
    throw invalid(path, `Expected a tag of at most ${MAX_TAG_BYTES} bytes without NUL, got ${show(tag)}`)
  }
  if (tag.includes(field.separator)) {
    throw invalid(
      path,
      `Expected one tag, got ${show(tag)}, which holds the separator ${show(field.separator)}: use $in`,
    )
  }
  return tag
}

function numberValue(value: unknown, path: string): string {
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw invalid(path, `Expected a number, got ${show(value)}`)
  return String(value)
}

export function intersection(parts: string[]): string {
  return parts.length === 1 ? (parts[0] ?? '') : `(${parts.join(' ')})`
}

export function union(parts: string[]): string {
  return parts.length === 1 ? (parts[0] ?? '') : `(${parts.join(' | ')})`
}

export function not(part: string): string {
  return `(-${part})`
}

export function expectList(value: unknown, path: string): unknown[] {
  if (Array.isArray(value) && value.length > 0) return value
  throw invalid(path, `Expected a list with at least one value, got ${show(value)}`)
}

export function invalid(path: string, message: string): AppError {
  return new AppError('FILTER_INVALID', `${message} at ${path}`, { problems: [{ path, message }] })
}
