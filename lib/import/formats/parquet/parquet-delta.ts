import { deltaBinaryUnpack } from 'hyparquet/src/delta.js'
import { AppError } from '../../../errors.ts'

interface Reader {
  view: DataView
  offset: number
}

const MAX_VARINT_BYTES = 10
const MAX_BITS = 64
/** What is repeated takes no place in a page, so that a few bytes could become any number. */
const MAX_REPEATED_BYTES = 64 * 1024 ** 2

/** @throws AppError FILE_MALFORMED */
export function readDelta<T extends Int32Array | BigInt64Array>(reader: Reader, output: T): T {
  if (output.length === 0) return output
  const end = endOfDelta(reader, output.length)
  deltaBinaryUnpack(reader, output.length, output)
  reader.offset = end
  return output
}

/** Texts: of each how many bytes of the one before it begins with, then how many come behind them, then those. */
export function readDeltaTexts(reader: Reader, prefixes: Int32Array): Uint8Array[] {
  const suffixes = readDelta(reader, new Int32Array(prefixes.length))
  const { view } = reader
  let before: Uint8Array = new Uint8Array()
  let repeated = 0
  return Array.from(prefixes, (prefix, i) => {
    const suffix = new Uint8Array(view.buffer, view.byteOffset + reader.offset, suffixes[i])
    reader.offset += suffix.length
    repeated += prefix
    if (prefix < 0 || prefix > before.length) throw malformed('texts that begin with as much as there is')
    if (repeated > MAX_REPEATED_BYTES)
      throw malformed(`at most ${MAX_REPEATED_BYTES} bytes that repeat others`)
    before = prefix === 0 ? suffix : Buffer.concat([before.subarray(0, prefix), suffix])
    return before
  })
}

/**
 * Walks over the blocks without unpacking them. The library takes what they say of themselves as it is: of a number
 * without an end it makes one of a million bits, and of two thousand million little blocks an array.
 */
function endOfDelta({ view, offset }: Reader, count: number): number {
  let at = offset

  function takeVarint(): number {
    let result = 0
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      const byte = view.getUint8(at++)
      result += (byte & 0x7f) * 2 ** (7 * i)
      if (byte < 0x80) return result
    }
    throw malformed('no number of more than 64 bits')
  }

  const [blockSize, parts, total] = [takeVarint(), takeVarint(), takeVarint()]
  takeVarint()
  const size = blockSize / parts
  if (!(size > 0 && size % 8 === 0)) throw malformed('blocks of some values')
  if (total !== count) throw malformed('as many values as the page has')
  for (let left = count - 1; left > 0; ) {
    takeVarint()
    const widthsAt = at
    at += parts
    for (let i = 0; i < parts && left > 0; i++, left -= size) {
      const width = view.getUint8(widthsAt + i)
      if (width > MAX_BITS) throw malformed(`numbers of at most ${MAX_BITS} bits`)
      at += (size * width) / 8
    }
  }
  return at
}

function malformed(expected: string): AppError {
  return new AppError('FILE_MALFORMED', `Expected ${expected} in a page`)
}
