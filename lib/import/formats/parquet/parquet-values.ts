import type { SchemaElement } from 'hyparquet'
import { AppError } from '../../../errors.ts'
import { shortFloat32 } from './short-float32.ts'

/** JSON text; `undefined` for null, which is no member of its object. */
export type Write = (value: unknown) => string | undefined

/** Writes the values of a column that has no others within it. */
export function leafWriter(element: SchemaElement): Write {
  const { type, converted_type, logical_type, scale = 0 } = element
  if (isDecimal(element)) {
    if (!(scale >= 0 && scale <= MAX_DIGITS)) throw unexpected(`at most ${MAX_DIGITS} digits`)
    return unlessNull((value) => decimalOf(value, scale))
  }
  if (type === 'FLOAT') return unlessNull((value) => scalarOf(floatOf(value)))
  return unlessNull(converted_type === 'JSON' || logical_type?.type === 'JSON' ? jsonOf : scalarOf)
}

export function isDecimal(element: SchemaElement): boolean {
  return element.converted_type === 'DECIMAL' || element.logical_type?.type === 'DECIMAL'
}

export function unlessNull(write: (value: unknown) => string): Write {
  return (value) => (value === null || value === undefined ? undefined : write(value))
}

function scalarOf(value: unknown): string {
  if (typeof value === 'number') return numberOf(value)
  if (typeof value === 'string') return textOf(value)
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('base64'))
  throw unexpected('a value')
}

/** What JSON.stringify writes with every digit: it would make 0 of -0, and null of Infinity. */
export function isPlainNumber(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && !Object.is(value, -0)
}

function floatOf(value: unknown): unknown {
  return typeof value === 'number' && Number.isFinite(value) ? shortFloat32(value) : value
}

/** What JSON has no word for becomes what the check of the record rejects in a vector. */
function numberOf(value: number): string {
  if (isPlainNumber(value)) return String(value)
  if (value === 0) return '-0'
  return Number.isNaN(value) ? 'null' : `${value < 0 ? '-' : ''}1e999`
}

/** Bytes that are no UTF-8 come as text that is not well-formed, which no UTF-8 gives. */
export function textOf(text: string): string {
  if (text.isWellFormed()) return JSON.stringify(text)
  throw new AppError('RECORD_NOT_UTF8', 'Expected UTF-8')
}

function jsonOf(value: unknown): string {
  if (typeof value !== 'string') throw unexpected('text')
  const text = textOf(value)
  try {
    JSON.parse(value)
    return value
  } catch {
    return text
  }
}

/** Arrow's longest decimals have 76 digits in 32 bytes. A million bytes would take minutes to write as digits. */
const [MAX_DIGITS, MAX_DECIMAL_BYTES] = [1000, 256]

function decimalOf(value: unknown, scale: number): string {
  const unscaled = value instanceof Uint8Array ? bigEndian(value) : value
  if (typeof unscaled !== 'bigint' && typeof unscaled !== 'number') throw unexpected('a decimal')
  const text = String(unscaled)
  const sign = text.startsWith('-') ? '-' : ''
  const digits = text.slice(sign.length).padStart(scale + 1, '0')
  return scale === 0 ? text : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

function bigEndian(bytes: Uint8Array): bigint {
  if (bytes.length > MAX_DECIMAL_BYTES) throw unexpected(`decimals of at most ${MAX_DECIMAL_BYTES} bytes`)
  return bytes.length === 0
    ? 0n
    : BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes).toString('hex')}`))
}

export function unexpected(what: string): AppError {
  return new AppError('FILE_MALFORMED', `Expected ${what} in a row, got something else`)
}
