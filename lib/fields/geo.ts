import * as v from 'valibot'
import { show } from '../errors.ts'
import { isBracketed, textList } from './cell-list.ts'
import type { FieldType, Operator } from './field-type.ts'
import { type Circle, isSearchedWhole, MAX_LATITUDE, nearestWholeRadii } from './geo-circle.ts'
import { numberOf } from './numeric.ts'
import { invalid } from './query-node.ts'

const BOUNDS = { lon: [-180, 180], lat: [-MAX_LATITUDE, MAX_LATITUDE], km: [0.001, 1000] } as const
/** RediSearch refuses a longer text. */
const MAX_PLACE_LENGTH = 128

/** `{"lon": 13.4, "lat": 52.5, "km": 10}`: at most ten kilometres from there. */
const near: Operator = (field, operand, path, params) => {
  const circle = circleOf(operand, path)
  if (!isSearchedWhole(circle)) throw invalid(`${path}.km`, otherRadii(circle))
  const [lon, lat, km] = [circle.lon, circle.lat, circle.km].map((number) =>
    params.value(String(number), path),
  )
  return `@${field.alias}:[${lon} ${lat} ${km} km]`
}

function circleOf(operand: unknown, path: string): Circle {
  const names = Object.keys(BOUNDS).join(', ')
  if (typeof operand !== 'object' || operand === null || Array.isArray(operand)) {
    throw invalid(path, `Expected an object with ${names}, got ${show(operand)}`)
  }
  const { lon, lat, km, ...others } = Object.fromEntries(Object.entries(operand))
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) throw invalid(`${path}.${unknown}`, `Expected one of ${names}`)
  const number = (value: unknown, name: keyof typeof BOUNDS) => {
    const [min, max] = BOUNDS[name]
    if (typeof value === 'number' && value >= min && value <= max) return value
    throw invalid(`${path}.${name}`, `Expected a number from ${min} to ${max}, got ${show(value)}`)
  }
  return { lon: number(lon, 'lon'), lat: number(lat, 'lat'), km: number(km, 'km') }
}

function otherRadii(circle: Circle): string {
  const { below, above } = nearestWholeRadii(circle, BOUNDS.km[1])
  const allowed = [
    ...(below === undefined ? [] : [`of at most ${below}`]),
    ...(above === undefined ? [] : [`of at least ${above}`]),
  ].join(', or ')
  const reason = 'since RediSearch leaves out a part of a circle of this size there'
  return `Expected km ${allowed || 'below 1'}, ${reason}, got ${circle.km}`
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
    schema: v.pipe(v.string(), v.maxLength(MAX_PLACE_LENGTH), v.regex(PLACE)),
    listsIn: ['json'],
    // RediSearch indexes an empty list as the place -180,-85.05.
    emptyLists: false,
  },

  doubts: () => [],
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
  if (typeof value !== 'string' || value.length > MAX_PLACE_LENGTH) return false
  const match = PLACE.exec(value)
  return match !== null && Math.abs(Number(match[1])) <= 180 && Math.abs(Number(match[2])) <= MAX_LATITUDE
}

function within([min, max]: readonly [min: number, max: number]) {
  return v.pipe(v.number(), v.minValue(min), v.maxValue(max))
}
