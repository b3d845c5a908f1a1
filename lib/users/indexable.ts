import type { FieldDefinition } from '../definition.ts'

const isText = (value: unknown) => typeof value === 'string'
const isTextOrNull = (value: unknown) => value === null || isText(value)

/** What RediSearch 2.10 really indexes, tried type by type on the server; anything else drops the whole document. */
const INDEXABLE: Record<FieldDefinition['type'], { expected: string; accepts: (value: unknown) => boolean }> =
  {
    TEXT: {
      expected: 'text or a list of texts',
      accepts: (value) => isText(value) || (Array.isArray(value) && value.every(isTextOrNull)),
    },
    TAG: {
      expected: 'text, true, false or a list of texts',
      accepts: (value) =>
        isText(value) || typeof value === 'boolean' || (Array.isArray(value) && value.every(isTextOrNull)),
    },
    NUMERIC: {
      expected: 'a number or a list of numbers',
      accepts: (value) => isNumber(value) || (Array.isArray(value) && value.every(isNumber)),
    },
    GEO: {
      expected: 'text such as "13.4,52.5" (longitude, latitude) or a list of such',
      accepts: (value) => isPosition(value) || (Array.isArray(value) && value.every(isPosition)),
    },
  }

/**
 * What RediSearch would index in the field, when the value is not that: `a number or a list of numbers for NUMERIC`.
 * Absent and null are fine for every type: the document is indexed without the field.
 */
export function expectedInstead({ type, sortable }: FieldDefinition, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  const { expected, accepts } = INDEXABLE[type]
  if (!accepts(value)) return `${expected} for ${type}`
  const isEmptyList = Array.isArray(value) && value.length === 0
  if (sortable && isEmptyList) return `a list of at least one for SORTABLE ${type}`
  // RediSearch puts a user without a place at -180,-85.05, and finds him there.
  return type === 'GEO' && isEmptyList ? 'a list of at least one for GEO' : undefined
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value)
}

function isPosition(value: unknown): boolean {
  if (typeof value !== 'string') return false
  const match = /^(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?)$/.exec(value)
  return match !== null && Math.abs(Number(match[1])) <= 180 && Math.abs(Number(match[2])) <= 85.05112878
}
