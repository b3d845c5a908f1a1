import { AppError, kind } from './errors.ts'

export type DistanceMetric = 'COSINE' | 'L2' | 'IP'

export interface VectorShape {
  dimensions: number
  metric: DistanceMetric
}

/** What a caller may send: numbers, base64 of float32 little-endian, or floats that are already rounded. */
export type VectorInput = readonly unknown[] | string | Float32Array

const BYTES_PER_FLOAT32 = 4
const HOST_IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/**
 * Checks a vector and gives it as float32.
 *
 * @throws AppError VECTOR_FORMAT, VECTOR_DIMENSIONS, VECTOR_NOT_FINITE (a component that is no number, or that
 * overflows float32; the length under COSINE), VECTOR_ZERO (COSINE only: a zero vector gets the distance NaN from
 * everybody, and one of them in an HNSW graph hides 23 % of users from their own vector).
 */
export function toFloat32(input: VectorInput, shape: VectorShape, path = 'vector'): Float32Array {
  const components = typeof input === 'string' ? fromBase64(input, path) : input
  if (components.length !== shape.dimensions) {
    throw vectorError(
      'VECTOR_DIMENSIONS',
      path,
      `Expected ${shape.dimensions} dimensions, got ${components.length}`,
    )
  }
  const floats = new Float32Array(shape.dimensions)
  let squares = 0
  for (let i = 0; i < floats.length; i++) {
    const component = components[i]
    // 1e39 is a fine double, but Infinity as float32: what counts is the value after rounding.
    const float = typeof component === 'number' ? Math.fround(component) : Number.NaN
    if (!Number.isFinite(float)) {
      const message = `Expected a number that float32 can hold, got ${shown(component)}`
      throw vectorError('VECTOR_NOT_FINITE', `${path}[${i}]`, message)
    }
    squares += float * float
    floats[i] = float
  }
  if (shape.metric === 'COSINE') checkLength(Math.sqrt(squares), path)
  return floats
}

/** Below it a float32 loses digits with its size. */
const SMALLEST_NORMAL = 2 ** -126

/**
 * Under COSINE RediSearch divides by the length as a float32. One that overflows puts the vector at the distance 1 from
 * everybody, itself included; a subnormal one at -0.4 from its own direction. All between 1.2e-38 and 3.4e38 measure fine.
 */
function checkLength(length: number, path: string): void {
  const limits = 'Expected a vector of a length from 1.2e-38 to 3.4e38 (COSINE)'
  if (length === 0) throw vectorError('VECTOR_ZERO', path, `${limits}, got all zeros`)
  const rounded = Math.fround(length)
  if (rounded < SMALLEST_NORMAL) throw vectorError('VECTOR_ZERO', path, `${limits}, got a shorter one`)
  if (!Number.isFinite(rounded)) throw vectorError('VECTOR_NOT_FINITE', path, `${limits}, got a longer one`)
}

/** The bytes that RediSearch takes: float32 little-endian, as numpy's `astype(np.float32).tobytes()`. */
export function toBytes(floats: Float32Array): Buffer {
  // A view, not a copy; byteOffset and byteLength matter: `Buffer.from(sub.buffer)` would send the whole backing store.
  const bytes = Buffer.from(floats.buffer, floats.byteOffset, floats.byteLength)
  return HOST_IS_LITTLE_ENDIAN ? bytes : Buffer.from(bytes).swap32()
}

/** float32 little-endian bytes as numbers. Copies: a pooled Buffer may start at an offset that no Float32Array allows. */
export function fromBytes(bytes: Uint8Array): Float32Array {
  const copy = Uint8Array.from(bytes)
  if (!HOST_IS_LITTLE_ENDIAN) Buffer.from(copy.buffer).swap32()
  return new Float32Array(copy.buffer)
}

function fromBase64(text: string, path: string): Float32Array {
  const bytes = Buffer.from(text, 'base64')
  // Node's decoder skips what it does not know, so only a text that it would write itself is believed.
  if (bytes.toString('base64') !== text) {
    throw vectorError('VECTOR_FORMAT', path, 'Expected base64 with its padding, got other text')
  }
  if (bytes.length % BYTES_PER_FLOAT32 !== 0) {
    const message = `Expected base64 of float32 (a multiple of 4 bytes), got ${bytes.length} bytes`
    throw vectorError('VECTOR_FORMAT', path, message)
  }
  return fromBytes(bytes)
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
