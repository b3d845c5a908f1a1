import { jsonNumincrbyArgs, jsonSetArgs } from '../redis/commands/json.ts'
import type { Command } from '../redis/redis.ts'
import { isExactAll, isWholeText, parseExact, rawText } from './exact-json.ts'
import { asObject, isObject, pathSteps, valueAt, without } from './json-path.ts'
import { exactSum, exactText } from './redis-json-doubles.ts'
import type { User } from './storage.ts'

/**
 * The commands that store a record so that RedisJSON holds the same numbers. Without a fraction outside the vector, the
 * record goes there byte for byte. Otherwise its doubles are written as texts that RedisJSON reads right. A declared
 * number without such a text is written as its neighbour, and corrected by a sum.
 */
export function documentWriter(fieldPaths: readonly string[], vectorPath: string) {
  const vectorSteps = pathSteps(vectorPath)
  const declared = fieldPaths.map((path) => ({ path, steps: pathSteps(path) }))

  return (key: string, { document, value }: User): Command[] => {
    const rest = without(value, [vectorSteps])
    if (!hasFraction(rest)) return [jsonSetArgs(key, document)]
    const source = isExactAll(rest) ? value : asObject(parseExact(document.toString()))
    const text = JSON.stringify(withExactTexts(source, valueAt(source, vectorSteps)))
    const corrections = declared.flatMap(({ path, steps }) => correctionsOf(path, valueAt(value, steps)))
    return [
      jsonSetArgs(key, Buffer.from(text)),
      ...corrections.map(({ path, by }) => jsonNumincrbyArgs(key, path, by)),
    ]
  }
}

/** Whether RedisJSON reads any of the numbers as a double: one with a fraction, or beyond 64 bits. */
function hasFraction(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isInteger(value) || Math.abs(value) >= 2 ** 64
  return typeof value === 'object' && value !== null && Object.values(value).some(hasFraction)
}

/** A copy in which each double has a text that RedisJSON reads right, or else the text of its neighbour. */
function withExactTexts(value: unknown, vector: unknown): unknown {
  if (value === vector) return value
  if (typeof value === 'number') return rawDouble(value)
  if (Array.isArray(value)) return value.map((element) => withExactTexts(element, vector))
  if (isObject(value)) {
    const entries = Object.entries(value).map(
      ([name, inner]) => [name, withExactTexts(inner, vector)] as const,
    )
    return Object.fromEntries(entries)
  }
  // One of `parseExact`'s numbers.
  const raw = rawText(value)
  return raw === undefined || isWholeText(raw) ? value : rawDouble(Number(raw))
}

function rawDouble(double: number): unknown {
  if (Object.is(double, -0)) return JSON.rawJSON('-0')
  if (Number.isSafeInteger(double)) return double
  const text = exactText(double) ?? exactSum(double)?.first
  return text === undefined ? double : JSON.rawJSON(text)
}

function correctionsOf(path: string, value: unknown): { path: string; by: string }[] {
  if (Array.isArray(value)) return value.flatMap((element, i) => correctionsOf(`${path}[${i}]`, element))
  if (typeof value !== 'number' || Number.isSafeInteger(value) || exactText(value) !== undefined) return []
  const sum = exactSum(value)
  return sum === undefined ? [] : [{ path, by: sum.second }]
}
