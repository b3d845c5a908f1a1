import type { Definition, Filter } from '../../client/src/index.ts'

export type FieldInfo = Definition['fields'][number]

/** One line of the filter: `labels`, `$in`, `kids, road`. */
export interface Condition {
  field: string
  operator: string
  value: string
}

export interface FilterLines {
  conditions: readonly Condition[]
  /** Whether one true condition is enough. */
  isAny: boolean
}

type Operators = readonly (readonly [operator: string, words: string])[]

const OPERATORS: Readonly<Record<FieldInfo['type'], Operators>> = {
  TEXT: [['$text', 'contains all words']],
  TAG: [
    ['$in', 'is one of'],
    ['$nin', 'is none of'],
  ],
  NUMERIC: [
    ['$eq', 'equals'],
    ['$ne', 'differs from'],
    ['$gte', 'is at least'],
    ['$gt', 'is more than'],
    ['$lte', 'is at most'],
    ['$lt', 'is less than'],
  ],
  GEO: [['$near', 'is near']],
  BOOLEAN: [['$eq', 'is']],
}

export const operatorsOf = (field: FieldInfo): Operators => OPERATORS[field.type]

/** How a person writes the value. */
export function hintFor({ type, separator }: FieldInfo): string {
  if (type === 'TAG') return `values with ${separator} between them`
  if (type === 'GEO') return 'latitude, longitude, kilometres'
  return type === 'TEXT' ? 'words' : 'a number'
}

/** The filter of a search; undefined when no line has a value. */
export function filterOf(
  { conditions, isAny }: FilterLines,
  fields: readonly FieldInfo[],
): Filter | undefined {
  const filters = conditions.flatMap((condition) => {
    const field = fields.find(({ alias }) => alias === condition.field)
    return field === undefined || condition.value.trim() === '' ? [] : [conditionOf(condition, field)]
  })
  if (filters.length <= 1) return filters[0]
  return isAny ? { $or: filters } : { $and: filters }
}

function conditionOf({ field, operator, value }: Condition, { type, separator }: FieldInfo): Filter {
  if (type === 'TAG') return { [field]: { [operator]: listOf(value, separator) } }
  if (type === 'NUMERIC') return { [field]: { [operator]: numberOf(value) } }
  if (type === 'BOOLEAN') return { [field]: { $eq: value === 'true' } }
  if (type === 'TEXT') return { [field]: { $text: value.trim() } }
  const [lat = Number.NaN, lon = Number.NaN, km = Number.NaN] = value.split(',').map(numberOf)
  return { [field]: { $near: { lon, lat, km } } }
}

function listOf(value: string, separator: string): string[] {
  return value
    .split(separator)
    .map((one) => one.trim())
    .filter((one) => one !== '')
}

/** The API says what is wrong with a text that is no number: NaN becomes null in its JSON. */
function numberOf(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text)
}

/** Lines as a short text for the address, and back. */
export function linesToText({ conditions }: FilterLines): string {
  const filled = conditions.filter(({ value }) => value.trim() !== '')
  return filled.length === 0
    ? ''
    : JSON.stringify(filled.map(({ field, operator, value }) => [field, operator, value]))
}

export function textToLines(text: string | undefined, isAny: boolean): FilterLines {
  return { conditions: parseLines(text).flatMap(toCondition), isAny }
}

function parseLines(text = ''): unknown[] {
  try {
    const lines: unknown = JSON.parse(text)
    return Array.isArray(lines) ? lines : []
  } catch {
    return []
  }
}

function toCondition(line: unknown): Condition[] {
  if (!Array.isArray(line) || line.length !== 3) return []
  const [field, operator, value] = line.map(String)
  return field && operator && value ? [{ field, operator, value }] : []
}
