import { malformed } from './malformed.ts'

/** Reads numbers one after the other. Each throws AppError FILE_MALFORMED behind the last. */
export interface NumberReader {
  next(): number
}

const MAX_WIDTH = 32
const MAX_VARINT_BYTES = 5

/** How many bits a number takes. */
export function bitWidth(max: number): number {
  return 32 - Math.clz32(max)
}

/**
 * Parquet's hybrid of repeated numbers and packed bits. A run is not expanded, so a length of two thousand million that
 * a damaged bit makes costs nothing.
 */
export function runReader(bytes: Buffer, width: number): NumberReader {
  if (width > MAX_WIDTH) throw malformed(`numbers of at most ${MAX_WIDTH} bits`)
  if (width === 0) return { next: () => 0 }
  const valueBytes = (width + 7) >> 3
  let at = 0
  let left = 0
  let isRepeated = false
  let repeated = 0
  /** Where the packed bits begin, and how many of them are read. */
  let packedAt = 0
  let bit = 0

  function byte(): number {
    const next = bytes[at++]
    if (next === undefined) throw malformed('as many numbers in the runs of a page as it has values')
    return next
  }

  function beginRun(): void {
    const head = varint()
    isRepeated = head % 2 === 0
    left = Math.floor(head / 2) * (isRepeated ? 1 : 8)
    if (isRepeated) {
      repeated = 0
      for (let i = 0; i < valueBytes; i++) repeated += byte() * 2 ** (8 * i)
    } else {
      packedAt = at
      bit = 0
      // The last run may have fewer bytes than it says: no value is behind them.
      at += (left / 8) * width
    }
  }

  function varint(): number {
    let result = 0
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      const next = byte()
      result += (next & 0x7f) * 2 ** (7 * i)
      if (next < 0x80) return result
    }
    throw malformed('runs with a length')
  }

  function packed(): number {
    const from = packedAt + Math.floor(bit / 8)
    const shift = bit % 8
    bit += width
    const last = packedAt + Math.floor((bit - 1) / 8)
    if (last >= bytes.length) throw malformed('as many numbers in the runs of a page as it has values')
    if (shift + width <= 8) return ((bytes[from] ?? 0) >> shift) & (2 ** width - 1)
    let value = 0
    for (let i = from; i <= last; i++) value += (bytes[i] ?? 0) * 2 ** (8 * (i - from))
    return Math.floor(value / 2 ** shift) % 2 ** width
  }

  return {
    next() {
      while (left === 0) beginRun()
      left--
      return isRepeated ? repeated : packed()
    },
  }
}

/** The older way to pack levels, BIT_PACKED: from the most significant bit on, and without runs. */
export function packedReader(bytes: Buffer, width: number): NumberReader {
  let bit = 0
  return {
    next() {
      let value = 0
      for (const end = bit + width; bit < end; bit++) {
        const byte = bytes[bit >> 3]
        if (byte === undefined) throw malformed('as many packed levels as the page has values')
        value = (value << 1) | ((byte >> (7 - (bit & 7))) & 1)
      }
      return value
    },
  }
}
