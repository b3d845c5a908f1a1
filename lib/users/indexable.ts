import type { FieldDefinition } from '../definition.ts'
import type { Storage } from '../storage/storage.ts'

interface Indexable {
  one: string
  several: string
  accepts(value: unknown): boolean
  /** Whether null may stand in a list; alone it may everywhere. */
  nullsInLists: boolean
}

/** What RediSearch 2.10 really indexes, tried type by type on the server; anything else drops the whole document. */
const INDEXABLE: Record<FieldDefinition['type'], Indexable> = {
  TEXT: { one: 'text', several: 'texts', accepts: isText, nullsInLists: true },
  TAG: { one: 'text, true, false', several: 'texts', accepts: isText, nullsInLists: true },
  NUMERIC: { one: 'a number', several: 'numbers', accepts: isNumber, nullsInLists: false },
  GEO: {
    one: 'text such as "13.4,52.5" (longitude, latitude)',
    several: 'such',
    accepts: isPosition,
    nullsInLists: false,
  },
}

/**
 * What RediSearch would index in the field, when the value is not that: `a number or a list of numbers for NUMERIC`.
 * Absent and null are fine for every type: the document is indexed without the field.
 */
export function expectedInstead(
  { type, sortable }: FieldDefinition,
  value: unknown,
  { lists }: Pick<Storage, 'lists'>,
): string | undefined {
  if (value === undefined || value === null) return undefined
  const { one, several, accepts, nullsInLists } = INDEXABLE[type]
  const mayBeList = lists.has(type)
  const isFine =
    Array.isArray(value) && mayBeList
      ? value.every((element) => accepts(element) || (nullsInLists && element === null))
      : accepts(value) || (type === 'TAG' && typeof value === 'boolean')
  if (!isFine) return `${one}${mayBeList ? ` or a list of ${several}` : ''} for ${type}`
  const isEmptyList = Array.isArray(value) && value.length === 0
  if (sortable && isEmptyList) return `a list of at least one for SORTABLE ${type}`
  // RediSearch puts a user without a place at -180,-85.05, and finds him there.
  return type === 'GEO' && isEmptyList ? 'a list of at least one for GEO' : undefined
}

function isText(value: unknown): boolean {
  return typeof value === 'string'
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value)
}

function isPosition(value: unknown): boolean {
  if (typeof value !== 'string') return false
  const match = /^(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?)$/.exec(value)
  return match !== null && Math.abs(Number(match[1])) <= 180 && Math.abs(Number(match[2])) <= 85.05112878
}
