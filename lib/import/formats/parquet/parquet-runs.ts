import { AppError } from '../../../errors.ts'

/** An index into a dictionary of the greatest size that a page may have takes 22 bits. */
const MAX_WIDTH = 24
const MAX_VARINT_BYTES = 5

/**
 * So many whole numbers of Parquet's hybrid of run lengths and packed bits. A run must not reach behind them: the
 * library writes as long as the run says, and a bit that has flipped says two thousand millions.
 *
 * @param width bits of each
 * @param max the greatest that makes sense
 * @throws AppError FILE_MALFORMED
 */
export function readRuns(bytes: Uint8Array, width: number, count: number, max: number): number[] {
  if (width > MAX_WIDTH) throw malformed(`numbers of at most ${MAX_WIDTH} bits`)
  const values = new Array<number>(count).fill(0)
  let at = 0
  let seen = 0

  function takeByte(): number {
    const byte = bytes[at++]
    if (byte === undefined) throw malformed('the rest of a run')
    return byte
  }

  function takeVarint(): number {
    let result = 0
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      const byte = takeByte()
      result += (byte & 0x7f) * 2 ** (7 * i)
      if (byte < 0x80) return result
    }
    throw malformed('the length of a run')
  }

  function takeRepeated(length: number): void {
    if (length > count - seen) throw malformed('runs of as many values as the page has')
    let value = 0
    for (let bit = 0; bit < width; bit += 8) value |= takeByte() << bit
    values.fill(value, seen, seen + length)
    seen += length
  }

  /** Eight at a time; of the last ones only so many count, and writers may leave out the rest. */
  function takePacked(groups: number): void {
    const end = at + groups * width
    const mask = (1 << width) - 1
    const until = Math.min(count, seen + groups * 8)
    for (let held = 0, bits = 0; seen < until; bits -= width, held >>>= width) {
      for (; bits < width; bits += 8) held |= takeByte() << bits
      values[seen++] = held & mask
    }
    at = end
  }

  while (width > 0 && seen < count) {
    const header = takeVarint()
    const length = Math.floor(header / 2)
    if (header % 2 === 1) takePacked(length)
    else takeRepeated(length)
  }
  if (values.some((value) => value > max)) throw malformed(`numbers of at most ${max}`)
  return values
}

function malformed(expected: string): AppError {
  return new AppError('FILE_MALFORMED', `Expected ${expected} in a page`)
}
