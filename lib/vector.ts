import { AppError, kind } from './errors.ts'
import { type Components, VECTOR_TYPES, type VectorType, vectorTypeOf } from './fields/vector-types.ts'

export type { VectorType }

export type DistanceMetric = 'COSINE' | 'L2' | 'IP'
export interface VectorShape {
  dimensions: number
  metric: DistanceMetric
  type: VectorType
}

/** A vector in an index's type, as stored and as searched. */
export type Vector = Components

/**
 * A vector as a caller may send it: numbers, base64 of float32 little-endian (for every index type), or a `Vector`.
 */
export type VectorInput = readonly unknown[] | string | Vector

/**
 * Checks a vector and converts it to the index's type.
 *
 * @throws AppError VECTOR_FORMAT; VECTOR_DIMENSIONS; VECTOR_NOT_FINITE for a component that is not a number or overflows
 * the type, and for a length that overflows under COSINE; VECTOR_ZERO under COSINE. A zero vector has the distance NaN,
 * and one zero vector in an HNSW graph hides 23 % of users from their own vector.
 */
export function toVector(input: VectorInput, shape: VectorShape, path = 'vector'): Vector {
  const components = typeof input === 'string' ? fromBase64(input, path) : input
  if (components.length !== shape.dimensions) {
    throw vectorError(
      'VECTOR_DIMENSIONS',
      path,
      `Expected ${shape.dimensions} dimensions, got ${components.length}`,
    )
  }
  const { Components, round } = vectorTypeOf(shape)
  const vector = new Components(shape.dimensions)
  let squares = 0
  for (let i = 0; i < vector.length; i++) {
    const component = components[i]
    const rounded = round(typeof component === 'number' ? component : Number.NaN)
    vector[i] = rounded
    squares += rounded * rounded
  }
  // One component that is not finite makes the sum so. A check of each takes as long as all the rest of the loop.
  if (!Number.isFinite(squares)) checkComponents(components, vector, shape.type, path)
  if (shape.metric === 'COSINE') checkLength(Math.sqrt(squares), shape.type, path)
  return vector
}

/** 1e39 is a valid double, but Infinity as float32. So this checks the values after rounding. */
function checkComponents(
  components: ArrayLike<unknown>,
  rounded: Vector,
  type: VectorType,
  path: string,
): void {
  const i = rounded.findIndex((component) => !Number.isFinite(component))
  if (i < 0) return
  const message = `Expected a number that ${type.toLowerCase()} can hold, got ${describeComponent(components[i])}`
  throw vectorError('VECTOR_NOT_FINITE', `${path}[${i}]`, message)
}

function checkLength(length: number, type: VectorType, path: string): void {
  const { shortest, longest, inWords, round } = VECTOR_TYPES[type].lengths
  const limits = `Expected a vector of a length ${inWords} (COSINE)`
  if (length === 0) throw vectorError('VECTOR_ZERO', path, `${limits}, got all zeros`)
  const rounded = round(length)
  if (rounded < shortest) throw vectorError('VECTOR_ZERO', path, `${limits}, got a shorter one`)
  if (rounded > longest) throw vectorError('VECTOR_NOT_FINITE', path, `${limits}, got a longer one`)
}

/**
 * The bytes that RediSearch expects: little-endian, for FLOAT32 the same as numpy's `astype(np.float32).tobytes()`.
 */
export function toBytes(vector: Vector, type: VectorType): Buffer {
  return VECTOR_TYPES[type].toBytes(vector)
}

/** The number of bytes of a vector of this shape. */
export function bytesOfVector({ dimensions, type }: Pick<VectorShape, 'dimensions' | 'type'>): number {
  return dimensions * VECTOR_TYPES[type].bytesPerComponent
}

/** Little-endian bytes as numbers; undefined if their length does not fit the type. */
export function fromBytes(bytes: Uint8Array, type: VectorType): Vector | undefined {
  const { bytesPerComponent, fromBytes } = VECTOR_TYPES[type]
  return bytes.length % bytesPerComponent === 0 ? fromBytes(bytes) : undefined
}

/** The numbers as a person writes them: 0.9, where the float32 is 0.8999999761581421. */
export function toNumbers(vector: Vector, type: VectorType): number[] {
  const { digits, round } = vectorTypeOf({ type })
  if (digits === null) return Array.from(vector)
  const [fewest, most] = digits
  return Array.from(vector, (component) => {
    for (let count = fewest; count <= most; count++) {
      const short = Number(component.toPrecision(count))
      if (Object.is(round(short), component)) return short
    }
    return component
  })
}

function fromBase64(text: string, path: string): Vector {
  const bytes = Buffer.from(text, 'base64')
  // Node's decoder skips unknown characters. So only a text that Node itself would write is accepted.
  if (bytes.toString('base64') !== text) {
    throw vectorError('VECTOR_FORMAT', path, 'Expected base64 with its padding, got other text')
  }
  const vector = fromBytes(bytes, 'FLOAT32')
  if (vector !== undefined) return vector
  const message = `Expected base64 of float32 (a multiple of 4 bytes), got ${bytes.length} bytes`
  throw vectorError('VECTOR_FORMAT', path, message)
}

/** A text or an object in a vector's place may be private data, so a message only contains its kind. */
function describeComponent(component: unknown): string {
  return typeof component === 'number' ? String(component) : kind(component)
}

function vectorError(
  code: 'VECTOR_FORMAT' | 'VECTOR_DIMENSIONS' | 'VECTOR_NOT_FINITE' | 'VECTOR_ZERO',
  path: string,
  message: string,
): AppError {
  return new AppError(code, `${message} at ${path}`, { problems: [{ path, message }] })
}
