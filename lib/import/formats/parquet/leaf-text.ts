import { isUtf8 } from 'node:buffer'
import { AppError, type ErrorCode } from '../../../errors.ts'
import { malformed } from './malformed.ts'
import { bigEndian, decimalText, float32Text, floatText, halfFloat } from './number-text.ts'
import type { Value } from './plain-values.ts'
import { columnOf, type Leaf } from './schema.ts'
import type { PhysicalType } from './schema-element.ts'
import { dateText, instantText, int96Text, intervalText } from './temporal.ts'

/** A value as JSON text. Throws AppError with a path when the value has none, which is the fault of its record. */
export type LeafText = (value: Value | undefined) => string

export interface LeafPlace {
  /** The member of the document, for messages. */
  path: string
  /** Whether the index takes numbers at this member, and no text. */
  isNumeric: boolean
}

/** Arrow's longest decimals have 76 digits in 32 bytes. A million bytes would take minutes to write as digits. */
const [MAX_DIGITS, MAX_DECIMAL_BYTES] = [1000, 256]

type MakeText = (leaf: Leaf, place: LeafPlace) => LeafText

/** By annotation, then by the types that it may have. */
const ANNOTATED: Readonly<Record<string, Partial<Record<PhysicalType, MakeText>>>> = {
  STRING: { BYTE_ARRAY: text, FIXED_LEN_BYTE_ARRAY: text },
  ENUM: { BYTE_ARRAY: text, FIXED_LEN_BYTE_ARRAY: text },
  JSON: { BYTE_ARRAY: json },
  UUID: { FIXED_LEN_BYTE_ARRAY: (leaf) => ofLength(leaf, 16, uuidText) },
  FLOAT16: {
    FIXED_LEN_BYTE_ARRAY: (leaf) => ofLength(leaf, 2, (b) => float32Text(halfFloat(b.readUInt16LE()))),
  },
  INTERVAL: { FIXED_LEN_BYTE_ARRAY: (leaf) => ofLength(leaf, 12, (bytes) => `"${intervalText(bytes)}"`) },
  DATE: { INT32: () => ofNumber((days) => `"${dateText(days)}"`) },
  TIMESTAMP: {
    INT64: ({ annotation }) => ofBigint((units) => `"${instantText(units, annotation?.digits ?? 6)}"`),
  },
  TIME: { INT32: () => ofNumber(String), INT64: () => ofBigint(String) },
  INTEGER: { INT32: int32, INT64: int64 },
  DECIMAL: { INT32: decimal, INT64: decimal, BYTE_ARRAY: decimal, FIXED_LEN_BYTE_ARRAY: decimal },
}

const PLAIN: Readonly<Record<PhysicalType, MakeText>> = {
  BOOLEAN: () => (value) => String(value),
  INT32: int32,
  INT64: int64,
  INT96: () => ofBytes((bytes) => `"${int96Text(bytes)}"`),
  FLOAT: () => ofNumber(float32Text),
  DOUBLE: () => ofNumber(floatText),
  BYTE_ARRAY: text,
  FIXED_LEN_BYTE_ARRAY: () => ofBytes((bytes) => `"${bytes.toString('base64')}"`),
}

/** A value without a form in JSON. */
const UNSUPPORTED = new Set(['BSON', 'VARIANT', 'GEOMETRY', 'GEOGRAPHY'])

/** @throws AppError FILE_MALFORMED for a type that is not read */
export function leafText(leaf: Leaf, place: LeafPlace): LeafText {
  assertSupported(leaf)
  const { annotation, type } = leaf
  const byType = ANNOTATED[annotation?.name ?? '']
  const make = byType === undefined ? PLAIN[type] : byType[type]
  if (make !== undefined) return make(leaf, place)
  const types = Object.keys(byType ?? {}).join(' or ')
  throw malformed(`a column of ${types} for ${annotation?.name}, got ${type} (${columnOf(leaf)})`)
}

export function assertSupported(node: Pick<Leaf, 'annotation' | 'path'>): void {
  const name = node.annotation?.name ?? ''
  if (UNSUPPORTED.has(name))
    throw malformed(`columns of types that JSON has, got ${name} (${columnOf(node)})`)
}

function text(leaf: Leaf, { path }: LeafPlace): LeafText {
  return ofBytes((bytes) => {
    if (isUtf8(bytes)) return JSON.stringify(bytes.toString())
    const advice = leaf.annotation === undefined ? '; store bytes as text, for example base64' : ''
    throw valueFault('RECORD_NOT_UTF8', path, `Expected UTF-8 in ${columnOf(leaf)}, got other bytes${advice}`)
  })
}

/** The text's number, with all its digits. Text that is no JSON stays text. */
function json(leaf: Leaf, place: LeafPlace): LeafText {
  const asText = text(leaf, place)
  return (value) => {
    const quoted = asText(value)
    const content = String(value)
    try {
      JSON.parse(content)
      return content
    } catch {
      return quoted
    }
  }
}

function int32({ annotation }: Leaf): LeafText {
  return ofNumber(annotation?.isUnsigned ? (value) => String(value >>> 0) : String)
}

function int64({ annotation }: Leaf): LeafText {
  return ofBigint(annotation?.isUnsigned ? (value) => String(BigInt.asUintN(64, value)) : String)
}

function decimal(leaf: Leaf, { path, isNumeric }: LeafPlace): LeafText {
  const { scale = 0 } = leaf.annotation ?? {}
  if (!(scale >= 0 && scale <= MAX_DIGITS)) {
    throw malformed(`decimals of at most ${MAX_DIGITS} digits, got ${scale} (${columnOf(leaf)})`)
  }
  return (value) => {
    if (typeof value === 'bigint') return decimalText(value, scale, isNumeric)
    if (typeof value === 'number') return decimalText(BigInt(value), scale, isNumeric)
    if (Buffer.isBuffer(value) && value.length <= MAX_DECIMAL_BYTES) {
      return decimalText(bigEndian(value), scale, isNumeric)
    }
    const expected = `a decimal of at most ${MAX_DECIMAL_BYTES} bytes`
    throw valueFault('VALUE_INVALID', path, `Expected ${expected} in ${columnOf(leaf)}, got a longer one`)
  }
}

function uuidText(bytes: Buffer): string {
  return `"${bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')}"`
}

function ofLength(leaf: Leaf, length: number, write: (bytes: Buffer) => string): LeafText {
  if (leaf.length === length) return ofBytes(write)
  const got = `got ${leaf.length} (${columnOf(leaf)})`
  throw malformed(`${length} bytes for values of ${leaf.annotation?.name}, ${got}`)
}

function ofBytes(write: (bytes: Buffer) => string): LeafText {
  return (value) => {
    if (Buffer.isBuffer(value)) return write(value)
    throw malformed('as many values in a row as its levels say')
  }
}

function ofNumber(write: (value: number) => string): LeafText {
  return (value) => {
    if (typeof value === 'number') return write(value)
    throw malformed('as many values in a row as its levels say')
  }
}

function ofBigint(write: (value: bigint) => string): LeafText {
  return (value) => {
    if (typeof value === 'bigint') return write(value)
    throw malformed('as many values in a row as its levels say')
  }
}

export function valueFault(code: ErrorCode, path: string, message: string): AppError {
  return new AppError(code, message, { problems: [{ path, message }] })
}
