import { AppError } from '../../../errors.ts'

/** In Thrift at most 11 such bytes follow each other: a field's or a list's head, and a number of 64 bits. */
const MAX_UNENDED_BYTES = 16

/**
 * Bytes for the library's Thrift reader, which would make one number, bit by bit, of a million bytes that each say
 * that another follows: it took minutes.
 */
export function soberView({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  const view = new DataView(buffer, byteOffset, byteLength)
  let unended = 0
  view.getUint8 = (at) => {
    const byte = DataView.prototype.getUint8.call(view, at)
    unended = byte < 0x80 ? 0 : unended + 1
    if (unended <= MAX_UNENDED_BYTES) return byte
    throw new AppError('FILE_MALFORMED', 'Expected numbers of at most 64 bits')
  }
  return view
}
