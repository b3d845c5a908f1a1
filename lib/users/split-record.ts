import { isUtf8 } from 'node:buffer'
import type { CheckedDefinition } from '../definition.ts'
import { type Components, vectorTypeOf } from '../fields/vector-types.ts'
import { isObject, pathSteps, valueAt } from '../storage/json-path.ts'
import { INEXACT, readNumbers } from './read-numbers.ts'

/** The parts of a record: its vector, read from the bytes, and the rest. */
export interface SplitRecord {
  /** The parsed record, with an empty list in the vector's place. */
  value: object
  /** As in the record, or so near that they round to the same numbers of the index's type. Valid until the next call. */
  components: Float64Array
}

const OPEN = '['.charCodeAt(0)
/** Is in the vector's place while JSON.parse reads the rest. No file can know it, so it proves what the path leads to. */
const MARK = Math.random()

/**
 * Makes a function that splits a record into its vector and the rest. To read the vector from the bytes takes 6 µs in
 * place of 10 and leaves no garbage (docs/performance.md). It returns undefined when it is not certain of the outcome.
 * JSON.parse then reads the whole record.
 */
export function recordSplitter(definition: CheckedDefinition): (bytes: Buffer) => SplitRecord | undefined {
  const { vector, secondaryVectors = [], isDualWrite = false, fields } = definition
  const steps = pathSteps(vector.path)
  const name = Buffer.from(JSON.stringify(steps.at(-1)))
  const components = new Float64Array(vector.dimensions)
  const shapes = [vector, ...secondaryVectors]
  // A BFLOAT16 is rounded from a float32, so what is certain as float32 is certain.
  const bounds = shapes.map((shape) => {
    const { Components } = vectorTypeOf(shape)
    return { least: new Components(vector.dimensions), most: new Components(vector.dimensions) }
  })
  // A FLOAT64 must be exact. A declared field and a dual write need the numbers.
  const isField = fields.some(({ path }) => path === vector.path)
  const isExact = shapes.some(({ type }) => type === 'FLOAT64')
  if (isExact || isField || isDualWrite) return () => undefined

  return (bytes) => {
    const at = bytes.indexOf(name)
    const from = at === -1 ? 0 : bytes.indexOf(OPEN, at) + 1
    const end = from === 0 ? undefined : readNumbers(bytes, from, components)
    if (end === undefined || !bounds.every((bound) => isCertain(components, bound))) return undefined
    if (!isUtf8(bytes)) return undefined
    const value = parseJson(`${bytes.toString('utf8', 0, from)}${MARK}${bytes.toString('utf8', end)}`)
    const list = isObject(value) ? valueAt(value, steps) : undefined
    if (!isObject(value) || !Array.isArray(list) || list.length !== 1 || list[0] !== MARK) return undefined
    list.length = 0
    return { value, components }
  }
}

/**
 * Whether the exact numbers, too, are finite and round to the same ones. The arrays round what they are given: a call
 * for each number would leave 5 KB of garbage a user.
 */
function isCertain(components: Float64Array, { least, most }: Record<'least' | 'most', Components>): boolean {
  for (let i = 0; i < components.length; i++) {
    const component = components[i] ?? Number.NaN
    least[i] = component * (1 - INEXACT)
    most[i] = component * (1 + INEXACT)
    // Infinity less Infinity is NaN.
    if (Number(least[i]) - Number(most[i]) !== 0) return false
  }
  return true
}

/** undefined for a text that is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
