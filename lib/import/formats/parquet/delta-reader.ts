import { malformed } from './malformed.ts'

const MAX_VARINT_BYTES = 10
const MAX_BITS = 64

/** Hands out whole numbers that are stored as differences, DELTA_BINARY_PACKED. */
export interface DeltaReader {
  /** Throws AppError FILE_MALFORMED behind the last. */
  next(): bigint
}

interface Blocks {
  /** Values of a miniblock, and miniblocks of a block. */
  size: number
  parts: number
  count: number
  first: bigint
  /** Where the first block begins. */
  start: number
}

export function deltaReader(bytes: Buffer, start = 0): DeltaReader {
  const blocks = readHead(bytes, start)
  let at = blocks.start
  let given = 0
  let value = blocks.first
  let minDelta = 0n
  let widthsAt = 0
  let part = blocks.parts
  let width = 0
  let bitsAt = 0
  let left = 0

  function beginPart(): void {
    if (part === blocks.parts) {
      const head = readVarint(bytes, at)
      minDelta = zigzag(head.value)
      widthsAt = head.end
      at = widthsAt + blocks.parts
      part = 0
    }
    width = byteAt(bytes, widthsAt + part)
    if (width > MAX_BITS) throw malformed(`differences of at most ${MAX_BITS} bits`)
    part++
    bitsAt = at * 8
    at += (blocks.size * width) / 8
    left = blocks.size
  }

  return {
    next() {
      if (given >= blocks.count) throw malformed('as many differences as a page has values')
      if (given++ === 0) return value
      if (left === 0) beginPart()
      left--
      value = BigInt.asIntN(64, value + minDelta + readBits(bytes, bitsAt, width))
      bitsAt += width
      return value
    },
  }
}

/** Where the blocks end. They are passed without their values. */
export function endOfDeltas(bytes: Buffer, start: number): number {
  const blocks = readHead(bytes, start)
  let at = blocks.start
  for (let left = blocks.count - 1; left > 0; ) {
    const widthsAt = readVarint(bytes, at).end
    at = widthsAt + blocks.parts
    for (let i = 0; i < blocks.parts && left > 0; i++, left -= blocks.size) {
      at += (blocks.size * byteAt(bytes, widthsAt + i)) / 8
    }
  }
  if (at > bytes.length) throw malformed('differences that end within their page')
  return at
}

function readHead(bytes: Buffer, start: number): Blocks {
  const block = readVarint(bytes, start)
  const parts = readVarint(bytes, block.end)
  const total = readVarint(bytes, parts.end)
  const first = readVarint(bytes, total.end)
  const size = Number(block.value) / Number(parts.value)
  // A block without values would never end.
  if (!(size > 0 && size % 8 === 0)) {
    throw malformed('blocks of differences with a number of values that eight divides')
  }
  return {
    size,
    parts: Number(parts.value),
    count: Number(total.value),
    first: zigzag(first.value),
    start: first.end,
  }
}

function byteAt(bytes: Buffer, at: number): number {
  const byte = bytes[at]
  if (byte === undefined) throw malformed('differences that end within their page')
  return byte
}

function readVarint(bytes: Buffer, start: number): { value: bigint; end: number } {
  let low = 0
  let value = 0n
  for (let i = 0; i < MAX_VARINT_BYTES; i++) {
    const byte = byteAt(bytes, start + i)
    // Up to seven bytes a double is exact, and twice as fast.
    if (i < 7) low += (byte & 0x7f) * 2 ** (7 * i)
    else value |= BigInt(byte & 0x7f) << BigInt(7 * i)
    if (byte < 0x80) return { value: BigInt.asUintN(64, value | BigInt(low)), end: start + i + 1 }
  }
  throw malformed('numbers of at most 64 bits')
}

function zigzag(value: bigint): bigint {
  return (value >> 1n) ^ -(value & 1n)
}

/** A number of up to 64 bits, the least significant first. */
function readBits(bytes: Buffer, bit: number, width: number): bigint {
  if (width === 0) return 0n
  const from = Math.floor(bit / 8)
  const shift = bit % 8
  const last = Math.floor((bit + width - 1) / 8)
  if (last >= bytes.length) throw malformed('differences that end within their page')
  if (shift + width <= 48) {
    const value = bytes.readUIntLE(from, last - from + 1)
    return BigInt(Math.floor(value / 2 ** shift) % 2 ** width)
  }
  let value = 0n
  for (let i = last; i >= from; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0)
  return BigInt.asUintN(width, value >> BigInt(shift))
}
