import type { SchemaElement, SchemaTree } from 'hyparquet'
import { isListLike, isMapLike } from 'hyparquet/src/schema.js'
import { AppError } from '../errors.ts'

/** JSON text; `undefined` for null, which is no member of its object. */
type Write = (value: unknown) => string | undefined

/** What has no counterpart in JSON, or none that the decoder gives. */
const UNSUPPORTED = new Set<string | undefined>(['BSON', 'INTERVAL', 'VARIANT', 'GEOMETRY', 'GEOGRAPHY'])

/**
 * Makes a document of each row, as JSON text: of int64 and decimals every digit, of floats the double that they are.
 *
 * @throws AppError FILE_MALFORMED for a schema of which no document can be made; of a row RECORD_NOT_UTF8
 */
export function parquetDocument({ children }: SchemaTree): (row: readonly unknown[]) => string {
  if (children.length === 0) throw new AppError('FILE_MALFORMED', 'Expected at least one column')
  const members = children.map(
    (child) => [`${JSON.stringify(child.element.name)}:`, writerOf(child)] as const,
  )
  return (row) => objectText(members.map(([name, write], i) => [name, write(row[i])]))
}

function objectText(members: readonly (readonly [name: string, text: string | undefined])[]): string {
  return `{${members.flatMap(([name, text]) => (text === undefined ? [] : name + text)).join(',')}}`
}

function writerOf(node: SchemaTree): Write {
  const write = writerOfOne(node)
  return node.element.repetition_type === 'REPEATED' ? listWriter(write) : write
}

function writerOfOne(node: SchemaTree): Write {
  const { element, children } = node
  if (UNSUPPORTED.has(element.logical_type?.type) || UNSUPPORTED.has(element.converted_type)) {
    const type = element.logical_type?.type ?? element.converted_type
    throw new AppError('FILE_MALFORMED', `Expected columns that JSON can say, got one of the type ${type}`)
  }
  const [first] = children
  if (first === undefined) return leafWriter(element)
  const [inner, ...others] = first.children
  if (isListLike(node)) {
    return listWriter(inner !== undefined && others.length === 0 ? writerOf(inner) : writerOfOne(first))
  }
  const [value] = others
  if (isMapLike(node) && value !== undefined) return mapWriter(writerOf(value))
  return structWriter(children)
}

function listWriter(write: Write): Write {
  return unlessNull((value) => {
    if (!Array.isArray(value)) throw unexpected('a list')
    // Most lists are vectors: written at once they take a third of the time.
    if (value.every(isPlainNumber)) return JSON.stringify(value)
    return `[${value.map((element) => write(element) ?? 'null').join(',')}]`
  })
}

function structWriter(children: readonly SchemaTree[]): Write {
  const members = children.map((child) => {
    const { name } = child.element
    return { name, label: `${JSON.stringify(name)}:`, write: writerOf(child) }
  })
  return unlessNull((value) => {
    if (typeof value !== 'object' || value === null) throw unexpected('an object')
    return objectText(
      members.map(({ name, label, write }) => [
        label,
        write(Object.getOwnPropertyDescriptor(value, name)?.value),
      ]),
    )
  })
}

function mapWriter(write: Write): Write {
  return unlessNull((value) => {
    if (typeof value !== 'object' || value === null) throw unexpected('a map')
    return objectText(
      Object.entries(value).map(([key, inner]) => [`${textOf(key)}:`, write(inner) ?? 'null']),
    )
  })
}

function leafWriter(element: SchemaElement): Write {
  const { converted_type, logical_type, scale = 0 } = element
  if (isDecimal(element)) {
    if (!(scale >= 0 && scale <= MAX_DIGITS)) throw unexpected(`at most ${MAX_DIGITS} digits`)
    return unlessNull((value) => decimalOf(value, scale))
  }
  return unlessNull(converted_type === 'JSON' || logical_type?.type === 'JSON' ? jsonOf : scalarOf)
}

export function isDecimal(element: SchemaElement): boolean {
  return element.converted_type === 'DECIMAL' || element.logical_type?.type === 'DECIMAL'
}

function unlessNull(write: (value: unknown) => string): Write {
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
function isPlainNumber(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && !Object.is(value, -0)
}

/** What JSON has no word for becomes what the check of the record rejects in a vector. */
function numberOf(value: number): string {
  if (isPlainNumber(value)) return String(value)
  if (value === 0) return '-0'
  return Number.isNaN(value) ? 'null' : `${value < 0 ? '-' : ''}1e999`
}

/** Bytes that are no UTF-8 come as text that is not well-formed, which no UTF-8 gives. */
function textOf(text: string): string {
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

function unexpected(what: string): AppError {
  return new AppError('FILE_MALFORMED', `Expected ${what} in a row, got something else`)
}
