import { deltaReader, endOfDeltas } from './delta-reader.ts'
import { malformed, tooLarge } from './malformed.ts'
import type { Encoding } from './page-header.ts'
import {
  type Dictionary,
  fixedWidth,
  plainReader,
  tooFewValues,
  type Value,
  type ValueReader,
} from './plain-values.ts'
import { runReader } from './run-reader.ts'
import type { Leaf } from './schema.ts'

/** A text that repeats the one before it is copied. So a row of many of them is bounded by what it is copied to. */
export interface CopyBudget {
  copies: number
}

type MakeReader = (leaf: Leaf, bytes: Buffer, context: Context) => ValueReader

interface Context {
  dictionary: Dictionary | undefined
  budget: CopyBudget
}

/** Text that repeats the one before it takes no place in its page. */
const MAX_REPEATING_BYTES = 64 * 1024 ** 2

const BYTES = ['BYTE_ARRAY', 'FIXED_LEN_BYTE_ARRAY']

/** How the values of a page are read, by the encoding that its header names. */
const READERS: Partial<Record<Encoding, MakeReader>> = {
  PLAIN: plainReader,
  PLAIN_DICTIONARY: dictionaryReader,
  RLE_DICTIONARY: dictionaryReader,
  RLE: booleanRunReader,
  DELTA_BINARY_PACKED: numberDeltaReader,
  DELTA_LENGTH_BYTE_ARRAY: (leaf, bytes) => textsReader(bytes, lengthsOf(leaf, bytes, 0)),
  DELTA_BYTE_ARRAY: prefixReader,
  BYTE_STREAM_SPLIT: splitReader,
}

/** @throws AppError FILE_MALFORMED for an encoding that is not read, or not for this type */
export function valueReader(leaf: Leaf, encoding: Encoding, bytes: Buffer, context: Context): ValueReader {
  const make = READERS[encoding]
  if (make === undefined) {
    throw malformed(`values in one of the encodings ${Object.keys(READERS).join(', ')}, got ${encoding}`)
  }
  return make(leaf, bytes, context)
}

function dictionaryReader(_leaf: Leaf, bytes: Buffer, { dictionary }: Context): ValueReader {
  if (dictionary === undefined) throw malformed('a dictionary before the page that needs it')
  const places = runReader(bytes.subarray(1), bytes[0] ?? 0)
  return reader(() => {
    const place = places.next()
    if (place >= dictionary.count) throw malformed('places within the dictionary')
    return dictionary.at(place)
  })
}

function booleanRunReader(leaf: Leaf, bytes: Buffer): ValueReader {
  if (leaf.type !== 'BOOLEAN') throw wrongType(leaf, 'RLE')
  if (bytes.length < 4) throw tooFewValues()
  const bits = runReader(bytes.subarray(4, 4 + bytes.readUInt32LE(0)), 1)
  return reader(() => bits.next() === 1)
}

function numberDeltaReader(leaf: Leaf, bytes: Buffer): ValueReader {
  const deltas = deltaReader(bytes)
  if (leaf.type === 'INT64') return reader(deltas.next)
  if (leaf.type === 'INT32') return reader(() => Number(BigInt.asIntN(32, deltas.next())))
  throw wrongType(leaf, 'DELTA_BINARY_PACKED')
}

interface Lengths {
  next(): number
  /** Where the bytes begin that have these lengths. */
  end: number
}

function lengthsOf(leaf: Leaf, bytes: Buffer, start: number): Lengths {
  if (!BYTES.includes(leaf.type)) throw wrongType(leaf, 'DELTA_BYTE_ARRAY')
  const deltas = deltaReader(bytes, start)
  return { next: () => Number(deltas.next()), end: endOfDeltas(bytes, start) }
}

function textsReader(bytes: Buffer, { next, end }: Lengths): ValueReader & { one(): Buffer } {
  let offset = end
  const one = () => {
    const from = offset
    offset += next()
    if (!(offset >= from && offset <= bytes.length)) throw malformed('values that end within their page')
    return bytes.subarray(from, offset)
  }
  return { ...reader(one), one }
}

/** Each value begins with some bytes of the one before it. */
function prefixReader(leaf: Leaf, bytes: Buffer, { budget }: Context): ValueReader {
  const prefixes = lengthsOf(leaf, bytes, 0)
  const suffixes = textsReader(bytes, lengthsOf(leaf, bytes, prefixes.end))
  let before = Buffer.alloc(0)
  /** The value before, with room: a value that repeats a long one costs only what it adds. */
  let held = Buffer.alloc(0)
  return reader(() => {
    const prefix = prefixes.next()
    const suffix = suffixes.one()
    if (!(prefix >= 0 && prefix <= before.length))
      throw malformed('values that begin with bytes of the one before')
    const length = prefix + suffix.length
    if (length > MAX_REPEATING_BYTES) throw tooLarge(`values of at most ${MAX_REPEATING_BYTES} bytes`)
    if (length > held.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(64, 2 * length))
      before.copy(larger)
      held = larger
    }
    suffix.copy(held, prefix)
    before = held.subarray(0, length)
    budget.copies -= length
    return budget.copies < 0 ? before : Buffer.from(before)
  })
}

/** The first bytes of all values, then the second bytes of all, and so on. */
function splitReader(leaf: Leaf, bytes: Buffer): ValueReader {
  const fixed = fixedWidth(leaf)
  if (fixed === undefined || leaf.type === 'INT96') throw wrongType(leaf, 'BYTE_STREAM_SPLIT')
  const { width, at } = fixed
  const count = Math.floor(bytes.length / width)
  let place = 0
  return reader(() => {
    if (place >= count) throw tooFewValues()
    const value = Buffer.allocUnsafe(width)
    for (let i = 0; i < width; i++) value[i] = bytes[i * count + place] ?? 0
    place++
    return at(value, 0)
  })
}

function reader(next: () => Value): ValueReader {
  return {
    read(into, at, count) {
      for (let i = 0; i < count; i++) into[at + i] = next()
    },
  }
}

function wrongType({ type }: Leaf, encoding: string): Error {
  return malformed(`values in an encoding of the type ${type}, got ${encoding}`)
}
