import type { Random } from './random.ts'

/** What JSON can hold in a place where something else is expected. */
const ODD: readonly unknown[] = [
  ...[null, true, 0, -1, 1.5, 1e39, 5e-324, 2 ** 53, '', ' ', '\0', 'x'.repeat(5_000), '\ud800', '*'],
  ...[[], [[]], {}, { $and: [] }, { $eq: {} }, '__proto__', 'constructor', '$not'],
  Array.from({ length: 300 }, () => 1),
]

/** A valid value in which some places hold something else, are missing, or have another name. */
export function mutateJson(random: Random, value: unknown): unknown {
  const chance = (share: number) => random.between(0, 1) < share
  if (chance(0.12)) return random.oneOf(ODD)
  if (Array.isArray(value)) return value.flatMap((one) => (chance(0.05) ? [] : [mutateJson(random, one)]))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      chance(0.05) ? String(random.oneOf(ODD)).slice(0, 50) : name,
      mutateJson(random, inner),
    ]),
  )
}

/** The text, in a fifth of the cases with one character changed. */
export function damageText(random: Random, text: string): string {
  if (random.below(5) > 0) return text
  const at = random.below(text.length)
  const piece = random.oneOf(['', '"', '{', ']', '\\', '\uFFFD', ',', '\0', '%', '/', '?', '&', '='])
  return text.slice(0, at) + piece + text.slice(at + 1)
}
