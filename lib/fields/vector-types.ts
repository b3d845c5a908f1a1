/** A vector's components: numbers that its type can hold. A BFLOAT16 has no array of its own; every one is a float32. */
export type Components = Float16Array | Float32Array | Float64Array

/** Everything that depends on the type of a vector's components. */
interface VectorTypeSpec {
  Components: { new (length: number): Components }
  bytesPerComponent: 2 | 4 | 8
  /** The nearest number that the type holds. */
  round(component: number): number
  /** The little-endian bytes that RediSearch takes. They may share the memory of the components. */
  toBytes(components: Components): Buffer
  /** Copies, since a pooled Buffer may start at an offset that no typed array allows. */
  fromBytes(bytes: Uint8Array): Components
  /** As few digits as tell a number from its neighbours, and as many as may be needed; null where JavaScript's are right. */
  digits: readonly [fewest: number, most: number] | null
  /**
   * Whether RedisJSON may have stored one for the other. It changes the last digit of some doubles: what is left of that
   * after rounding is not counted.
   */
  isSame(one: number, other: number): boolean
  /** The largest COSINE distance from a vector to itself, which rounding makes. */
  ownDistance: number
  /**
   * The lengths that a vector may have under COSINE, where RediSearch divides by the length: as a double for FLOAT64, as
   * a float32 for the others. A length that overflows puts the vector at the distance 1 from every vector, itself
   * included. A subnormal float32 puts it at -0.4 from its own direction, a double of 1e-162 at -inf. The subnormals of
   * float16 have too few digits for a direction. For BFLOAT16 the squares of the length have to fit into a float32, too.
   */
  lengths: { shortest: number; longest: number; inWords: string; round(length: number): number }
}

const identity = (number: number) => number
const isSameAfter = (round: (number: number) => number) => (one: number, other: number) =>
  Object.is(round(one), round(other))

/** Every type that the vector of a definition may have. */
export const VECTOR_TYPES = {
  FLOAT16: {
    Components: Float16Array,
    bytesPerComponent: 2,
    round: Math.f16round,
    toBytes: viewBytes,
    fromBytes: (bytes) => new Float16Array(littleEndian(bytes, 2)),
    digits: [3, 5],
    isSame: isSameAfter(Math.f16round),
    ownDistance: 1e-3,
    lengths: {
      shortest: 2 ** -14,
      longest: Number.MAX_VALUE,
      inWords: 'of at least 6.2e-5',
      round: Math.fround,
    },
  },
  BFLOAT16: {
    Components: Float32Array,
    bytesPerComponent: 2,
    round: toBfloat16,
    toBytes: upperHalves,
    fromBytes: (bytes) => Float32Array.from(new Uint16Array(littleEndian(bytes, 2)), fromUpperHalf),
    digits: [2, 4],
    isSame: isSameAfter(toBfloat16),
    ownDistance: 1e-2,
    lengths: {
      shortest: 2 ** -63,
      longest: 1.8e19,
      inWords: 'from 1.1e-19 to 1.8e19',
      round: Math.fround,
    },
  },
  FLOAT32: {
    Components: Float32Array,
    bytesPerComponent: 4,
    round: Math.fround,
    toBytes: viewBytes,
    fromBytes: (bytes) => new Float32Array(littleEndian(bytes, 4)),
    digits: [6, 9],
    isSame: isSameAfter(Math.fround),
    ownDistance: 1e-3,
    lengths: {
      shortest: 2 ** -126,
      longest: (2 - 2 ** -23) * 2 ** 127,
      inWords: 'from 1.2e-38 to 3.4e38',
      round: Math.fround,
    },
  },
  FLOAT64: {
    Components: Float64Array,
    bytesPerComponent: 8,
    round: identity,
    toBytes: viewBytes,
    fromBytes: (bytes) => new Float64Array(littleEndian(bytes, 8)),
    digits: null,
    // One unit in the last place is what RedisJSON may have changed.
    isSame: (one, other) => Object.is(one, other) || Math.abs(one - other) <= Number.EPSILON * Math.abs(one),
    ownDistance: 1e-3,
    lengths: {
      shortest: 2 ** -511,
      longest: 1.3e154,
      inWords: 'from 1.5e-154 to 1.3e154',
      round: identity,
    },
  },
} satisfies Record<string, VectorTypeSpec>

export type VectorType = keyof typeof VECTOR_TYPES

export const VECTOR_TYPE_NAMES = Object.keys(VECTOR_TYPES).filter(isVectorType)

export function vectorTypeOf({ type }: { type: VectorType }): VectorTypeSpec {
  return VECTOR_TYPES[type]
}

function isVectorType(name: string): name is VectorType {
  return Object.hasOwn(VECTOR_TYPES, name)
}

const HOST_IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1
const FLOAT = new Float32Array(1)
const BITS = new Uint32Array(FLOAT.buffer)

/** To the nearest, and of two that are equally near to the even one: as RediSearch does. */
function toBfloat16(component: number): number {
  FLOAT[0] = component
  const bits = BITS[0] ?? 0
  // The upper half of a NaN could be that of Infinity.
  if (Number.isNaN(component)) return component
  BITS[0] = (bits + 0x7fff + ((bits >>> 16) & 1)) & 0xffff_0000
  return FLOAT[0]
}

function fromUpperHalf(half: number): number {
  BITS[0] = half << 16
  return FLOAT[0] ?? 0
}

function upperHalves(components: Components): Buffer {
  const halves = Uint16Array.from(components, (component) => {
    FLOAT[0] = component
    return (BITS[0] ?? 0) >>> 16
  })
  return toLittleEndian(Buffer.from(halves.buffer), 2)
}

/** A view, not a copy. `byteOffset` and `byteLength` matter: `Buffer.from(part.buffer)` would be the whole backing store. */
function viewBytes({ buffer, byteOffset, byteLength, BYTES_PER_ELEMENT }: Components): Buffer {
  const bytes = Buffer.from(buffer, byteOffset, byteLength)
  return HOST_IS_LITTLE_ENDIAN ? bytes : toLittleEndian(Buffer.from(bytes), BYTES_PER_ELEMENT)
}

function littleEndian(bytes: Uint8Array, size: number): ArrayBuffer {
  const copy = new Uint8Array(bytes)
  toLittleEndian(Buffer.from(copy.buffer), size)
  return copy.buffer
}

/** In place: swaps the bytes on a host that has them the other way round. */
function toLittleEndian(bytes: Buffer, size: number): Buffer {
  if (HOST_IS_LITTLE_ENDIAN) return bytes
  if (size === 2) return bytes.swap16()
  return size === 4 ? bytes.swap32() : bytes.swap64()
}
