import type { AppError } from '../../../errors.ts'
import { malformed } from './malformed.ts'

/** A copy of 64 bytes takes 3. No input unpacks to more. */
const MAX_RATIO = 22
const LITERAL = 0
/** Lengths of a literal from 61 on are in 1 to 4 bytes of their own. */
const MAX_SHORT_LITERAL = 60

/**
 * Unpacks a block of Snappy, https://github.com/google/snappy/blob/main/format_description.txt.
 *
 * Packages for it need two or three times the memory of a page of 100 MB, because they copy its bytes into and out of
 * WebAssembly. This one writes into the page.
 *
 * @throws AppError FILE_MALFORMED unless the block is `size` bytes long
 */
export function unpackSnappy(packed: Buffer, size: number): Buffer {
  let at = 0
  let to = 0

  function uint(width: number): number {
    if (at + width > packed.length) throw damaged()
    at += width
    return packed.readUIntLE(at - width, width)
  }

  function varint(): number {
    let result = 0
    for (let i = 0; i < 5; i++) {
      const byte = uint(1)
      result += (byte & 0x7f) * 2 ** (7 * i)
      if (byte < 0x80) return result
    }
    throw damaged()
  }

  if (varint() !== size || size > MAX_RATIO * packed.length) throw damaged()
  const page = Buffer.allocUnsafeSlow(size)

  function literal(tag: number): void {
    const short = tag >> 2
    const length = 1 + (short < MAX_SHORT_LITERAL ? short : uint(short - MAX_SHORT_LITERAL + 1))
    if (at + length > packed.length || to + length > size) throw damaged()
    packed.copy(page, to, at, at + length)
    at += length
    to += length
  }

  function copy(tag: number): void {
    const isShort = (tag & 3) === 1
    const length = isShort ? 4 + ((tag >> 2) & 7) : 1 + (tag >> 2)
    const distance = isShort ? ((tag >> 5) << 8) | uint(1) : uint((tag & 3) === 2 ? 2 : 4)
    to = copyWithin(page, to, distance, length)
  }

  while (at < packed.length) {
    const tag = uint(1)
    if ((tag & 3) === LITERAL) literal(tag)
    else copy(tag)
  }
  if (to !== size) throw damaged()
  return page
}

/**
 * Repeats bytes of the page behind `to`, one after the other where they overlap. Returns the new end.
 *
 * @throws AppError FILE_MALFORMED when the bytes are not within the page
 */
export function copyWithin(page: Buffer, to: number, distance: number, length: number): number {
  const end = to + length
  if (distance === 0 || distance > to || end > page.length) throw damaged()
  if (distance >= length && length > 32) page.copyWithin(to, to - distance, end - distance)
  else for (let i = to; i < end; i++) page[i] = page[i - distance] ?? 0
  return end
}

export function damaged(cause?: unknown): AppError {
  return malformed('packed pages that unpack to the size that their headers say', cause)
}
