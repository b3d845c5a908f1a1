import * as v from 'valibot'
import { show } from '../errors.ts'
import { isBracketed, textList } from './cell-list.ts'
import type { FieldType, Operator } from './field-type.ts'
import { numberOf } from './numeric.ts'
import { invalid } from './query-text.ts'

/**
 * RediSearch stores no place beyond the latitude at which a Mercator map ends. Its wide circles have gaps: of 200 circles
 * of 3,000 km around places up to 75 degrees north or south, five left a user out.
 */
const BOUNDS = { lon: [-180, 180], lat: [-85.05112878, 85.05112878], km: [0.001, 1000] } as const

/** `{"lon": 13.4, "lat": 52.5, "km": 10}`: at most ten kilometres from there. */
const near: Operator = (field, operand, path, params) => {
  const names = Object.keys(BOUNDS).join(', ')
  if (typeof operand !== 'object' || operand === null || Array.isArray(operand)) {
    throw invalid(path, `Expected an object with ${names}, got ${show(operand)}`)
  }
  const given = new Map<string, unknown>(Object.entries(operand))
  const [lon, lat, km] = Object.entries(BOUNDS).map(([name, [min, max]]) => {
    const value = given.get(name)
    given.delete(name)
    if (typeof value === 'number' && value >= min && value <= max) return params.value(String(value), path)
    throw invalid(`${path}.${name}`, `Expected a number from ${min} to ${max}, got ${show(value)}`)
  })
  const [unknown] = given.keys()
  if (unknown !== undefined) throw invalid(`${path}.${unknown}`, `Expected one of ${names}`)
  return `@${field.alias}:[${lon} ${lat} ${km} km]`
}

const Near = v.strictObject({ lon: within(BOUNDS.lon), lat: within(BOUNDS.lat), km: within(BOUNDS.km) })

const PLACE = /^(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?)$/

/** A place on the earth, `longitude,latitude`. */
export const geo = {
  createArgs: () => ['GEO'],
  attribute: () => ({ type: 'GEO' }),
  indexable: {
    one: 'text such as "13.4,52.5" (longitude, latitude)',
    several: 'such',
    accepts: isPlace,
    schema: v.pipe(v.string(), v.regex(PLACE)),
    listsIn: ['json'],
    // RediSearch indexes an empty list as the place -180,-85.05.
    emptyLists: false,
  },

  toHash: (_field, value) => (typeof value === 'string' ? value : undefined),
  fromHash: (text) => text,
  fromJson: (text) => text,
  fromCell: (text) => (isBracketed(text) ? textList(text) : JSON.stringify(text)),

  operators: { $near: near },
  filterSchema: () => v.strictObject({ $near: Near }),
  querySchema: () =>
    v.pipe(
      v.strictTuple([Near.entries.lon, Near.entries.lat, Near.entries.km]),
      v.description('Longitude, latitude, kilometres'),
    ),
  fromQuery(text) {
    const [lon, lat, km, ...rest] = text.split(',').map(numberOf)
    return { $near: rest.length === 0 ? { lon, lat, km } : text }
  },
} satisfies FieldType

function isPlace(value: unknown): boolean {
  if (typeof value !== 'string') return false
  const match = PLACE.exec(value)
  const [, maxLat] = BOUNDS.lat
  return match !== null && Math.abs(Number(match[1])) <= 180 && Math.abs(Number(match[2])) <= maxLat
}

function within([min, max]: readonly [min: number, max: number]) {
  return v.pipe(v.number(), v.minValue(min), v.maxValue(max))
}
