import { malformed } from './malformed.ts'
import type { Leaf } from './schema.ts'

/** The values that a column chunk stores, before the column's annotation gives it a meaning. */
export type Value = boolean | number | bigint | Buffer

/** Hands out the values of a page in their order. Nulls are not among them. */
export interface ValueReader {
  /** Puts the next `count` values into a list from place `at` on. Throws AppError FILE_MALFORMED behind the last. */
  read(into: Value[], at: number, count: number): void
}

/** Values of one width, which can be read at any place. */
export interface FixedWidth {
  width: number
  at(bytes: Buffer, offset: number): Value
}

const LENGTH_BYTES = 4

/** `undefined` for a type with values of different widths. */
export function fixedWidth({ type, length }: Leaf): FixedWidth | undefined {
  switch (type) {
    case 'INT32':
      return { width: 4, at: (bytes, offset) => bytes.readInt32LE(offset) }
    case 'INT64':
      return { width: 8, at: (bytes, offset) => bytes.readBigInt64LE(offset) }
    case 'FLOAT':
      return { width: 4, at: (bytes, offset) => bytes.readFloatLE(offset) }
    case 'DOUBLE':
      return { width: 8, at: (bytes, offset) => bytes.readDoubleLE(offset) }
    case 'INT96':
      return bytesOf(12)
    case 'FIXED_LEN_BYTE_ARRAY':
      return bytesOf(length)
    case 'BOOLEAN':
    case 'BYTE_ARRAY':
      return undefined
  }
}

function bytesOf(width: number): FixedWidth {
  return { width, at: (bytes, offset) => bytes.subarray(offset, offset + width) }
}

export function plainReader(leaf: Leaf, bytes: Buffer): ValueReader {
  const fixed = fixedWidth(leaf)
  if (fixed !== undefined) return fixedReader(fixed, bytes)
  return leaf.type === 'BOOLEAN' ? bitReader(bytes) : textReader(bytes)
}

function fixedReader({ width, at: valueAt }: FixedWidth, bytes: Buffer): ValueReader {
  let offset = 0
  return {
    read(into, at, count) {
      if (offset + count * width > bytes.length) throw tooFewValues()
      for (let i = 0; i < count; i++, offset += width) into[at + i] = valueAt(bytes, offset)
    },
  }
}

function bitReader(bytes: Buffer): ValueReader {
  let bit = 0
  return {
    read(into, at, count) {
      if (bit + count > bytes.length * 8) throw tooFewValues()
      for (let i = 0; i < count; i++, bit++) {
        into[at + i] = (((bytes[Math.floor(bit / 8)] ?? 0) >> (bit % 8)) & 1) === 1
      }
    },
  }
}

function textReader(bytes: Buffer): ValueReader {
  let offset = 0
  return {
    read(into, at, count) {
      for (let i = 0; i < count; i++) {
        const end = endOfText(bytes, offset)
        into[at + i] = bytes.subarray(offset + LENGTH_BYTES, end)
        offset = end
      }
    },
  }
}

function endOfText(bytes: Buffer, offset: number): number {
  if (offset + LENGTH_BYTES > bytes.length) throw tooFewValues()
  const end = offset + LENGTH_BYTES + bytes.readUInt32LE(offset)
  if (end > bytes.length) throw malformed('values that end within their page')
  return end
}

/** The values of a dictionary page, which data pages name by their places. */
export interface Dictionary {
  count: number
  at(place: number): Value
}

/** Keeps the bytes of the page: a million texts as objects of their own would be 100 MB of heap. */
export function dictionaryOf(leaf: Leaf, bytes: Buffer, count: number): Dictionary {
  const fixed = fixedWidth(leaf)
  if (fixed !== undefined) {
    if (count * fixed.width > bytes.length) throw tooFewValues()
    return { count, at: (place) => fixed.at(bytes, place * fixed.width) }
  }
  if (leaf.type === 'BOOLEAN') throw malformed('no dictionary of booleans')
  if (count * LENGTH_BYTES > bytes.length) throw tooFewValues()
  const ends = new Uint32Array(count)
  for (let i = 0, offset = 0; i < count; i++) {
    offset = endOfText(bytes, offset)
    ends[i] = offset
  }
  return {
    count,
    at: (place) => bytes.subarray((place === 0 ? 0 : (ends[place - 1] ?? 0)) + LENGTH_BYTES, ends[place]),
  }
}

export function tooFewValues(): Error {
  return malformed('as many values in a page as its header says')
}
