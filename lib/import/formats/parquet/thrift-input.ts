import { malformed } from './malformed.ts'

/** A byte with this bit says that another byte of the number follows. */
const CONTINUES = 0x80
const MAX_VARINT_BYTES = 10

/** A place in bytes of Thrift's compact protocol, in which Parquet writes its footer and its page headers. */
export interface ThriftInput {
  bytes: Buffer
  at: number
  depth: number
}

/** @param at where the structure begins */
export function thriftInput(bytes: Buffer, at = 0): ThriftInput {
  return { bytes, at, depth: 0 }
}

export function byte(input: ThriftInput): number {
  return input.bytes[advance(input, 1)] ?? 0
}

export function varint(input: ThriftInput): number {
  let result = 0
  for (let i = 0; i < MAX_VARINT_BYTES; i++) {
    const next = byte(input)
    result += (next & 0x7f) * 2 ** (7 * i)
    if (next < CONTINUES) return result
  }
  throw malformed('numbers of at most 64 bits')
}

/** Returns where the bytes begin that are passed. */
export function advance(input: ThriftInput, count: number): number {
  const from = input.at
  input.at += count
  if (input.at > input.bytes.length) throw malformed('the rest of a structure, got the end of its bytes')
  return from
}

/** Every element takes at least one byte. */
export function expectRoom(input: ThriftInput, count: number): void {
  if (count > input.bytes.length - input.at) throw malformed('lists that end within their bytes')
}

export function expectType(isRight: boolean, expected: string): void {
  if (!isRight) throw malformed(`${expected} in a structure, got another type`)
}
