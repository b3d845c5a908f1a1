import type { FieldDefinition } from '../../../lib/definition.ts'
import type { Random } from '../random.ts'

/** What a field says, however it is written: tags and words in one spelling, numbers, places by their position in a list. */
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

/** Random values and conditions of a type. A generator makes meaning and spelling together, so that nothing is parsed. */
export interface FieldKind {
  /** With `lists`, the value may be a list of numbers or places: a hash holds none that RediSearch can read. */
  value(random: Random, field: FieldDefinition, lists: boolean): FieldValue
  condition(random: Random): FieldCondition
}

export function equality(random: Random, one: () => FieldCondition): FieldCondition {
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

export function absentOr(random: Random, value: FieldValue): FieldValue {
  return random.below(5) > 0 ? value : { json: random.below(2) === 0 ? undefined : null, means: [] }
}

/** Up to `limit`, perhaps none. */
export function several<T>(random: Random, limit: number, one: () => T): T[] {
  return Array.from({ length: random.below(limit + 1) }, one)
}

export function foldAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}
