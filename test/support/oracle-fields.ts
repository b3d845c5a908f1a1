import type { FieldDefinition } from '../../lib/definition.ts'
import type { Random } from './random.ts'

/** What a field says, whatever it is written as: tags and words in lower case, numbers, places by their position in PLACES. */
export type Meaning = readonly (string | number)[]

/** A value as a document has it (undefined: not at all), and what it means. */
export interface FieldValue {
  json: unknown
  means: Meaning
}

/** What a filter says of one field, and for which meanings it holds. */
export interface FieldCondition {
  json: unknown
  holds(means: Meaning): boolean
}

interface FieldKind {
  /** With `lists`, it may be a list of numbers or places: a hash holds none that RediSearch can read. */
  value(random: Random, field: FieldDefinition, lists: boolean): FieldValue
  condition(random: Random): FieldCondition
}

/** Values and conditions of each type of field, at random; meaning and spelling are made side by side, so nothing is parsed. */
export const FIELD_KINDS: Record<FieldDefinition['type'], FieldKind> = {
  TAG: {
    value(random, { separator }) {
      const tags = several(random, 3, () => random.oneOf(TAGS))
      const means = tags.map(foldAscii)
      const spelt = tags.map((tag) => spell(random, tag))
      if (random.below(6) === 0) {
        const flag = random.oneOf([true, false])
        return { json: flag, means: [String(flag)] }
      }
      const json = random.oneOf([spelt.join(separator), [...spelt, null]])
      return absentOr(random, { json, means })
    },
    condition: (random) =>
      equality(random, () => {
        const tag = random.oneOf([...TAGS, 'nobody has it', true, false])
        return {
          json: typeof tag === 'string' ? spell(random, tag) : tag,
          holds: (means) => means.includes(foldAscii(String(tag))),
        }
      }),
  },

  NUMERIC: {
    value(random, _field, lists) {
      const numbers = several(random, 3, () => random.oneOf(NUMBERS))
      const [first] = numbers
      const one = { json: first, means: first === undefined ? [] : [first] }
      return absentOr(random, lists ? random.oneOf([one, { json: numbers, means: numbers }]) : one)
    },
    condition(random) {
      const bound = random.oneOf(NUMBERS)
      const some = (test: (number: number) => boolean) => (means: Meaning) =>
        means.some((value) => test(Number(value)))
      return random.oneOf([
        equality(random, () => {
          const number = random.oneOf(NUMBERS)
          return { json: number, holds: (means) => means.includes(number) }
        }),
        { json: { $gt: bound }, holds: some((number) => number > bound) },
        { json: { $gte: bound }, holds: some((number) => number >= bound) },
        { json: { $lt: bound }, holds: some((number) => number < bound) },
        { json: { $lte: bound }, holds: some((number) => number <= bound) },
        // Of a list, one number may be above and another below.
        {
          json: { $gt: -1, $lt: bound },
          holds: (means) => some((number) => number > -1)(means) && some((number) => number < bound)(means),
        },
      ])
    },
  },

  TEXT: {
    value(random) {
      const words = several(random, 5, () => random.oneOf(WORDS))
      const text = words.map((word) => inSomeCase(random, word)).join(random.oneOf([' ', '-', ', ', "'s "]))
      const means = text.toLowerCase().split(/[^\p{L}\p{N}_]+/u)
      return absentOr(random, { json: random.oneOf([text, [text], [null, text]]), means })
    },
    condition(random) {
      const words = [random.oneOf(WORDS.filter((word) => word !== 'the')), random.oneOf(WORDS)]
      const text = words.map((word) => inSomeCase(random, word)).join(random.oneOf([' ', '/', '!']))
      // A stop word is in no index, and is not looked for.
      const wanted = words.filter((word) => word !== 'the')
      return { json: { $text: text }, holds: (means) => wanted.every((word) => means.includes(word)) }
    },
  },

  BOOLEAN: {
    value(random) {
      const flag = random.oneOf(BOOLEANS)
      return absentOr(random, { json: flag, means: [String(flag)] })
    },
    condition: (random) =>
      equality(random, () => {
        const flag = random.oneOf(BOOLEANS)
        return { json: flag, holds: (means) => means.includes(String(flag)) }
      }),
  },

  GEO: {
    value(random, _field, lists) {
      const places = several(random, 2, () => random.below(PLACES.length))
      const written = places.map((place) => `${PLACES[place]?.lon},${PLACES[place]?.lat}`)
      const [first] = places
      const one = { json: written[0], means: first === undefined ? [] : [first] }
      return absentOr(random, lists ? random.oneOf([one, { json: written, means: places }]) : one)
    },
    condition(random) {
      const centre = random.oneOf(PLACES)
      const km = random.oneOf(RADII)
      return {
        json: { $near: { ...centre, km } },
        holds: (means) =>
          means.some((place) => {
            const at = PLACES[Number(place)]
            return at !== undefined && kilometres(at, centre) <= km
          }),
      }
    },
  },
}

const BOOLEANS = [true, false]

const TAGS = [
  'kids',
  'Road',
  'e-bike',
  'ÄPFEL',
  'äpfel',
  '山 bike',
  'x*',
  '$p0',
  '(a|b)',
  "o'neil",
  '@a:{b}',
  '🚲',
  '\\',
  '-',
  '*',
  '{}',
]
const NUMBERS = [-5, 0, 0.1, 18, 18.5, 21, 65, 1e-7, 1e21, -2_147_483_649]
const WORDS = ['road', 'bikes', 'äpfel', 'naïve', 'kid', '42', 'x_y', 'the', '山']
const PLACES = [
  { lon: 13.4, lat: 52.5 },
  { lon: 13.06, lat: 52.4 },
  { lon: 2.35, lat: 48.86 },
  { lon: 179.9, lat: 0.5 },
  { lon: 139.69, lat: 35.69 },
  { lon: -70.67, lat: -33.45 },
]
/** None of the places is near the edge of such a circle around another: RediSearch rounds a place to half a metre. */
const RADII = [0.1, 5, 50, 500, 1000]

function equality(random: Random, one: () => FieldCondition): FieldCondition {
  const first = one()
  const list = [first, ...several(random, 3, one)]
  const holdsAny = (means: Meaning) => list.some(({ holds }) => holds(means))
  const all = list.map(({ json }) => json)
  return random.oneOf([
    first,
    { json: { $eq: first.json }, holds: first.holds },
    { json: { $ne: first.json }, holds: (means) => !first.holds(means) },
    { json: { $in: all }, holds: holdsAny },
    { json: { $nin: all }, holds: (means) => !holdsAny(means) },
  ])
}

function absentOr(random: Random, value: FieldValue): FieldValue {
  return random.below(5) > 0 ? value : { json: random.below(2) === 0 ? undefined : null, means: [] }
}

function several<T>(random: Random, limit: number, one: () => T): T[] {
  return Array.from({ length: random.below(limit + 1) }, one)
}

/** The same tag: RediSearch cuts the blanks around it, and folds ASCII letters. */
function spell(random: Random, tag: string): string {
  const cased = random.oneOf([
    tag,
    tag,
    foldAscii(tag),
    tag.replace(/[a-z]/g, (letter) => letter.toUpperCase()),
  ])
  return random.oneOf(['', ' ', '\t']) + cased + random.oneOf(['', ' ', '  '])
}

function foldAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}

function inSomeCase(random: Random, word: string): string {
  const capitalised = word.slice(0, 1).toUpperCase() + word.slice(1)
  return random.oneOf([word, word.toUpperCase(), capitalised])
}

/** On a sphere of RediSearch's radius. */
function kilometres(a: { lon: number; lat: number }, b: { lon: number; lat: number }): number {
  const radians = (degrees: number) => (degrees * Math.PI) / 180
  const u = Math.sin(radians(b.lat - a.lat) / 2)
  const v = Math.sin(radians(b.lon - a.lon) / 2)
  const chord = u * u + Math.cos(radians(a.lat)) * Math.cos(radians(b.lat)) * v * v
  return 2 * 6372.797560856 * Math.asin(Math.sqrt(chord))
}
