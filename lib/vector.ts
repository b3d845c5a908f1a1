import { AppError, kind } from './errors.ts'

export type DistanceMetric = 'COSINE' | 'L2' | 'IP'
export type VectorType = 'FLOAT16' | 'FLOAT32' | 'FLOAT64'

export interface VectorShape {
  dimensions: number
  metric: DistanceMetric
  type: VectorType
}

/** A vector in an index's type: what is stored, and what is asked for. */
export type Vector = Float16Array | Float32Array | Float64Array

/** What a caller may send: numbers, base64 of float32 little-endian (whatever the index's type is), or a vector. */
export type VectorInput = readonly unknown[] | string | Vector

interface TypeLimits {
  Elements: { new (buffer: ArrayBuffer): Vector; BYTES_PER_ELEMENT: number }
  /** The lengths that a vector may have under COSINE. */
  shortest: number
  longest: number
  lengths: string
}

/**
 * Under COSINE RediSearch divides by the length: a FLOAT64's is summed up as a double, the others' as a float32. One
 * that overflows puts the vector at the distance 1 from everybody, itself included; a subnormal float32 at -0.4 from
 * its own direction, a double of 1e-162 at -inf. A float16's own subnormals have too few digits for a direction.
 */
const TYPES: Record<VectorType, TypeLimits> = {
  FLOAT16: {
    Elements: Float16Array,
    shortest: 2 ** -14,
    longest: Number.MAX_VALUE,
    lengths: 'of at least 6.2e-5',
  },
  FLOAT32: {
    Elements: Float32Array,
    shortest: 2 ** -126,
    longest: (2 - 2 ** -23) * 2 ** 127,
    lengths: 'from 1.2e-38 to 3.4e38',
  },
  FLOAT64: {
    Elements: Float64Array,
    shortest: 2 ** -511,
    longest: 1.3e154,
    lengths: 'from 1.5e-154 to 1.3e154',
  },
}

const HOST_IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/**
 * Checks a vector and gives it in the index's type.
 *
 * @throws AppError VECTOR_FORMAT, VECTOR_DIMENSIONS, VECTOR_NOT_FINITE (a component that is no number, or that
 * overflows the type; the length under COSINE), VECTOR_ZERO (COSINE only: a zero vector gets the distance NaN from
 * everybody, and one of them in an HNSW graph hides 23 % of users from their own vector).
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
  const { Elements } = TYPES[shape.type]
  const vector = new Elements(new ArrayBuffer(shape.dimensions * Elements.BYTES_PER_ELEMENT))
  let squares = 0
  for (let i = 0; i < vector.length; i++) {
    const component = components[i]
    vector[i] = typeof component === 'number' ? component : Number.NaN
    // 1e39 is a fine double, but Infinity as float32: what counts is the value after rounding.
    const rounded = vector[i] ?? 0
    if (!Number.isFinite(rounded)) {
      const message = `Expected a number that ${shape.type.toLowerCase()} can hold, got ${shown(component)}`
      throw vectorError('VECTOR_NOT_FINITE', `${path}[${i}]`, message)
    }
    squares += rounded * rounded
  }
  if (shape.metric === 'COSINE') checkLength(Math.sqrt(squares), shape.type, path)
  return vector
}

function checkLength(length: number, type: VectorType, path: string): void {
  const { shortest, longest, lengths } = TYPES[type]
  const limits = `Expected a vector of a length ${lengths} (COSINE)`
  if (length === 0) throw vectorError('VECTOR_ZERO', path, `${limits}, got all zeros`)
  const rounded = type === 'FLOAT64' ? length : Math.fround(length)
  if (rounded < shortest) throw vectorError('VECTOR_ZERO', path, `${limits}, got a shorter one`)
  if (rounded > longest) throw vectorError('VECTOR_NOT_FINITE', path, `${limits}, got a longer one`)
}

/** The bytes that RediSearch takes: little-endian, as numpy's `astype(np.float32).tobytes()`. */
export function toBytes(vector: Vector): Buffer {
  // A view, not a copy; byteOffset and byteLength matter: `Buffer.from(sub.buffer)` would send the whole backing store.
  const bytes = Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength)
  return HOST_IS_LITTLE_ENDIAN ? bytes : swap(Buffer.from(bytes), vector.BYTES_PER_ELEMENT)
}

/**
 * Little-endian bytes as numbers; undefined when they are not a whole number of them. Copies: a pooled Buffer may
 * start at an offset that no typed array allows.
 */
export function fromBytes(bytes: Uint8Array, type: VectorType): Vector | undefined {
  const { Elements } = TYPES[type]
  const size = Elements.BYTES_PER_ELEMENT
  if (bytes.length % size !== 0) return undefined
  const copy = Uint8Array.from(bytes)
  if (!HOST_IS_LITTLE_ENDIAN) swap(Buffer.from(copy.buffer), size)
  return new Elements(copy.buffer)
}

function swap(bytes: Buffer, size: number): Buffer {
  if (size === 2) return bytes.swap16()
  return size === 4 ? bytes.swap32() : bytes.swap64()
}

/** The numbers as one would write them: 0.9, where the float32 is 0.8999999761581421. */
export function toNumbers(vector: Vector): number[] {
  if (vector instanceof Float64Array) return Array.from(vector)
  const isHalf = vector instanceof Float16Array
  const round = isHalf ? Math.f16round : Math.fround
  return Array.from(vector, (component) => {
    // As few digits as tell it from its neighbours: at most 5 of a float16, 9 of a float32.
    for (let digits = isHalf ? 3 : 6; digits < 10; digits++) {
      const short = Number(component.toPrecision(digits))
      if (Object.is(round(short), component)) return short
    }
    return component
  })
}

function fromBase64(text: string, path: string): Vector {
  const bytes = Buffer.from(text, 'base64')
  // Node's decoder skips what it does not know, so only a text that it would write itself is believed.
  if (bytes.toString('base64') !== text) {
    throw vectorError('VECTOR_FORMAT', path, 'Expected base64 with its padding, got other text')
  }
  const vector = fromBytes(bytes, 'FLOAT32')
  if (vector !== undefined) return vector
  const message = `Expected base64 of float32 (a multiple of 4 bytes), got ${bytes.length} bytes`
  throw vectorError('VECTOR_FORMAT', path, message)
}

/** A text or an object in a vector's place may be anybody's data: only its kind may be in a message. */
function shown(component: unknown): string {
  return typeof component === 'number' ? String(component) : kind(component)
}

function vectorError(
  code: 'VECTOR_FORMAT' | 'VECTOR_DIMENSIONS' | 'VECTOR_NOT_FINITE' | 'VECTOR_ZERO',
  path: string,
  message: string,
): AppError {
  return new AppError(code, `${message} at ${path}`, { problems: [{ path, message }] })
}
