import { malformed } from './malformed.ts'
import { copyWithin, damaged } from './snappy.ts'

/** A byte adds at most 255 to the length of a match. */
const MAX_RATIO = 255
const MIN_MATCH = 4
const LONG_LENGTH = 15
/** Hadoop's lengths are numbers of four bytes, with the most significant byte first. */
const LENGTH_BYTES = 4

/** @throws AppError FILE_MALFORMED unless the block is `size` bytes long */
export function unpackLz4Raw(packed: Buffer, size: number): Buffer {
  const page = pageOf(packed, size)
  if (unpackBlock(packed, page, 0) !== size) throw damaged()
  return page
}

/**
 * Unpacks what the codec LZ4 stands for: Hadoop's blocks with lengths before them, or, from older versions of Arrow,
 * one block alone. Nothing in a file says which, so the lengths have to fit.
 */
export function unpackLz4(packed: Buffer, size: number): Buffer {
  const page = pageOf(packed, size)
  try {
    unpackHadoop(packed, page)
    return page
  } catch {
    return unpackLz4Raw(packed, size)
  }
}

/** An unpacked length is followed by blocks, each behind its packed length, until they make up the unpacked one. */
function unpackHadoop(packed: Buffer, page: Buffer): void {
  let at = 0
  let to = 0

  function length(): number {
    if (at + LENGTH_BYTES > packed.length) throw damaged()
    at += LENGTH_BYTES
    return packed.readUInt32BE(at - LENGTH_BYTES)
  }

  while (at < packed.length) {
    for (const end = to + length(); to < end; ) {
      const from = at + LENGTH_BYTES
      at = from + length()
      if (at > packed.length) throw damaged()
      to = unpackBlock(packed.subarray(from, at), page, to)
    }
  }
  if (to !== page.length) throw damaged()
}

function pageOf(packed: Buffer, size: number): Buffer {
  if (size > MAX_RATIO * packed.length) throw damaged()
  return Buffer.allocUnsafeSlow(size)
}

/** https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md. Returns the new end. */
function unpackBlock(packed: Buffer, page: Buffer, start: number): number {
  let at = 0
  let to = start

  function length(short: number): number {
    let total = short
    for (let byte = short === LONG_LENGTH ? 255 : 0; byte === 255; total += byte) {
      byte = packed[at++] ?? -1
      if (byte < 0) throw damaged()
    }
    return total
  }

  while (at < packed.length) {
    const token = packed[at++] ?? 0
    const literals = length(token >> 4)
    if (at + literals > packed.length || to + literals > page.length) throw damaged()
    packed.copy(page, to, at, at + literals)
    at += literals
    to += literals
    // The last sequence is literals alone.
    if (at === packed.length) return to
    if (at + 2 > packed.length) throw damaged()
    const distance = packed.readUInt16LE(at)
    at += 2
    to = copyWithin(page, to, distance, MIN_MATCH + length(token & 15))
  }
  throw malformed('packed pages that end with literals')
}
