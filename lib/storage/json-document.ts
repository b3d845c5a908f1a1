import type { IndexDefinition } from '../definition.ts'
import { vectorTypeOf } from '../fields/vector-types.ts'
import { jsonNumincrbyArgs, jsonSetArgs } from '../redis/commands/json.ts'
import type { Command } from '../redis/redis.ts'
import { isExactAll, isIntegerText, parseExact, rawText } from './exact-json.ts'
import { asObject, isObject, pathSteps, putAt, valueAt, withoutPaths } from './json-path.ts'
import { exactSum, exactText } from './redis-json-doubles.ts'
import type { User } from './storage.ts'

/**
 * Makes the commands that store a record so that RedisJSON has the same numbers. A record without fractions outside
 * the vector is written byte for byte. Otherwise its doubles are written as texts that RedisJSON reads correctly. If
 * a declared number has no such text, its neighbour is written and then corrected by an addition.
 */
export function documentWriter({ fields, vector }: Pick<IndexDefinition, 'fields' | 'vector'>) {
  const vectorSteps = pathSteps(vector.path)
  const { round } = vectorTypeOf(vector)
  const declared = fields.map(({ path }) => ({ path, steps: pathSteps(path) }))
  const componentsOf = (document: Buffer) =>
    asNumbers(valueAt(asObject(JSON.parse(document.toString())), vectorSteps))

  return (key: string, { document, value }: User): Command[] => {
    const rest = withoutPaths(value, [vectorSteps])
    // A value without components has no borderline ones (lib/users/split-record.ts).
    const hasBorderline = asNumbers(valueAt(value, vectorSteps)).some((component) =>
      isBorderline(component, round),
    )
    if (!hasFraction(rest) && !hasBorderline) return [jsonSetArgs(key, document)]
    const source = isExactAll(rest) ? value : asObject(parseExact(document.toString()))
    const written = asObject(withExactTexts(source, valueAt(source, vectorSteps)))
    const bytes = hasBorderline ? undefined : vectorBytes(document, vectorSteps.at(-1) ?? '')
    const all = bytes === undefined ? componentsOf(document) : []
    putAt(written, vectorSteps, hasBorderline ? all.map((one) => rawComponent(one, round)) : all)
    const corrections = declared.flatMap(({ path, steps }) => findCorrections(path, valueAt(value, steps)))
    return [
      jsonSetArgs(key, withVector(JSON.stringify(written), bytes)),
      ...corrections.map(({ path, by }) => jsonNumincrbyArgs(key, path, by)),
    ]
  }
}

interface VectorBytes {
  /** `"vector_embedding"` */
  name: string
  bytes: Buffer
}

/**
 * The vector as it stands in a document. To write 1,536 numbers again takes longer than all else. undefined when it is
 * not sure where the vector is: its name occurs twice, or a backslash may hide a second one.
 */
function vectorBytes(document: Buffer, member: string): VectorBytes | undefined {
  const name = JSON.stringify(member)
  const at = document.indexOf(name)
  if (at === -1 || document.indexOf(name, at + 1) !== -1 || document.includes('\\')) return undefined
  const [from, to] = [document.indexOf('[', at), document.indexOf(']', at)]
  const between = document.subarray(at + name.length, from).toString()
  return /^\s*:\s*$/.test(between) ? { name, bytes: document.subarray(from, to + 1) } : undefined
}

function withVector(text: string, vector: VectorBytes | undefined): Buffer {
  if (vector === undefined) return Buffer.from(text)
  const member = `${vector.name}:`
  const at = text.indexOf(`${member}[]`) + member.length
  return Buffer.concat([
    Buffer.from(text.slice(0, at)),
    vector.bytes,
    Buffer.from(text.slice(at + '[]'.length)),
  ])
}

/**
 * Whether the double is so close to the middle of two numbers of the vector's type that its last digit decides the
 * rounding.
 */
function isBorderline(component: number, round: (number: number) => number): boolean {
  return round(component * (1 - Number.EPSILON)) !== round(component * (1 + Number.EPSILON))
}

function rawComponent(component: number, round: (number: number) => number): unknown {
  const text = isBorderline(component, round) ? (exactText(component) ?? String(round(component))) : undefined
  return text === undefined ? component : JSON.rawJSON(text)
}

function asNumbers(value: unknown): number[] {
  return Array.isArray(value) ? value : []
}

/** Whether RedisJSON reads one of the numbers as a double: it has a fraction, or exceeds 64 bits. */
function hasFraction(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isInteger(value) || Math.abs(value) >= 2 ** 64
  return typeof value === 'object' && value !== null && Object.values(value).some(hasFraction)
}

/** A copy with a text for each double that RedisJSON reads correctly, or the text of a neighbour. */
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
  // The value is a raw number of `parseExact`.
  const raw = rawText(value)
  return raw === undefined || isIntegerText(raw) ? value : rawDouble(Number(raw))
}

function rawDouble(double: number): unknown {
  if (Object.is(double, -0)) return JSON.rawJSON('-0')
  if (Number.isSafeInteger(double)) return double
  const text = exactText(double) ?? exactSum(double)?.first
  return text === undefined ? double : JSON.rawJSON(text)
}

function findCorrections(path: string, value: unknown): { path: string; by: string }[] {
  if (Array.isArray(value)) return value.flatMap((element, i) => findCorrections(`${path}[${i}]`, element))
  if (typeof value !== 'number' || Number.isSafeInteger(value) || exactText(value) !== undefined) return []
  const sum = exactSum(value)
  return sum === undefined ? [] : [{ path, by: sum.second }]
}
