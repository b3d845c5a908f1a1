import { malformed } from './malformed.ts'
import { advance, byte, expectRoom, expectType, type ThriftInput, varint } from './thrift-input.ts'

/** Parquet's own structures are six levels deep. */
const MAX_DEPTH = 32

const [TRUE, FALSE, I8, I16, I64] = [1, 2, 3, 4, 6]
const [DOUBLE, BINARY, LIST, SET, MAP, STRUCT] = [7, 8, 9, 10, 11, 12]
const LONG_LIST = 15

/**
 * Reads a value of the type that comes with its field.
 *
 * @throws AppError FILE_MALFORMED for bytes of another type
 */
export type Decode<T> = (input: ThriftInput, type: number) => T

/** Reads a structure that is the field of no other. */
export function decodeStruct<T>(input: ThriftInput, decode: Decode<T>): T {
  return decode(input, STRUCT)
}

type Fields = Readonly<Record<string, readonly [id: number, decode: Decode<unknown>]>>
type Decoded<F extends Fields> = { -readonly [Name in keyof F]?: ReturnType<F[Name][1]> }

/**
 * A structure with the named fields, each of which may be missing. All other fields are skipped without an object for
 * them: a reader that builds a generic tree needs 1 GB for a damaged footer of 16 MiB.
 */
export function struct<F extends Fields>(fields: F): Decode<Decoded<F>> {
  const byId = new Map(Object.entries(fields).map(([name, [id, decode]]) => [id, { name, decode }]))
  return nested(STRUCT, 'a structure', (input) => {
    const values: Record<string, unknown> = {}
    let id = 0
    for (let head = byte(input); head !== 0; head = byte(input)) {
      const delta = head >> 4
      id = delta === 0 ? integer(input, I16) : id + delta
      const field = byId.get(id)
      if (field === undefined) skip(input, head & 0x0f)
      else values[field.name] = field.decode(input, head & 0x0f)
    }
    return values as Decoded<F>
  })
}

export function list<T>(decode: Decode<T>): Decode<T[]> {
  return (input, type) => {
    const values: T[] = []
    eachElement(input, type, (elementType) => values.push(decode(input, elementType)))
    return values
  }
}

/** The number of elements of a list, of which each is skipped. */
export function listLength(input: ThriftInput, type: number): number {
  return eachElement(input, type, (elementType) => skipElement(input, elementType))
}

/** A whole number of 16, 32 or 64 bits, below 2^52. */
export function integer(input: ThriftInput, type: number): number {
  expectType(type >= I16 && type <= I64, 'a whole number')
  const number = varint(input)
  if (number > Number.MAX_SAFE_INTEGER) throw malformed('whole numbers below 2^52')
  return number % 2 === 0 ? number / 2 : -(number + 1) / 2
}

export function boolean(_input: ThriftInput, type: number): boolean {
  expectType(type === TRUE || type === FALSE, 'true or false')
  return type === TRUE
}

export function binary(input: ThriftInput, type: number): Buffer {
  expectType(type === BINARY, 'text')
  const from = advance(input, varint(input))
  return input.bytes.subarray(from, input.at)
}

/** A field that counts by its presence alone. */
export function present(input: ThriftInput, type: number): true {
  skip(input, type)
  return true
}

function eachElement(input: ThriftInput, type: number, read: (elementType: number) => void): number {
  expectType(type === LIST || type === SET, 'a list')
  const head = byte(input)
  const count = head >> 4 === LONG_LIST ? varint(input) : head >> 4
  expectRoom(input, count)
  nested(type, 'a list', () => {
    for (let i = 0; i < count; i++) read(head & 0x0f)
  })(input, type)
  return count
}

function skip(input: ThriftInput, type: number): void {
  if (type === TRUE || type === FALSE) return
  if (type === I8) advance(input, 1)
  else if (type >= I16 && type <= I64) varint(input)
  else if (type === DOUBLE) advance(input, 8)
  else if (type === BINARY) advance(input, varint(input))
  else if (type === LIST || type === SET) listLength(input, type)
  else if (type === MAP) skipMap(input)
  else if (type === STRUCT) skipStruct(input, type)
  else throw malformed('structures of known types')
}

const skipStruct = struct({})

/** In a list a boolean has a byte of its own. As a field, it is the type of the field. */
function skipElement(input: ThriftInput, type: number): void {
  if (type === TRUE || type === FALSE) advance(input, 1)
  else skip(input, type)
}

function skipMap(input: ThriftInput): void {
  const count = varint(input)
  if (count === 0) return
  expectRoom(input, count)
  const types = byte(input)
  nested(MAP, 'a map', () => {
    for (let i = 0; i < count; i++) {
      skipElement(input, types >> 4)
      skipElement(input, types & 0x0f)
    }
  })(input, MAP)
}

function nested<T>(expected: number, what: string, decode: (input: ThriftInput) => T): Decode<T> {
  return (input, type) => {
    expectType(type === expected, what)
    if (++input.depth > MAX_DEPTH) throw malformed(`structures of at most ${MAX_DEPTH} levels`)
    const value = decode(input)
    input.depth--
    return value
  }
}
