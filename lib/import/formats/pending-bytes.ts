/**
 * The bytes of a record that is not complete yet. Beyond the limit it only counts, so that a "line" of 100 MB costs
 * no memory on its way to being rejected.
 */
export interface PendingBytes {
  readonly length: number
  add(part: Buffer): void
  /** The bytes, or undefined when they were too many; begins again with none. */
  take(): Buffer | undefined
}

export function pendingBytes(limit: number): PendingBytes {
  let parts: Buffer[] = []
  let length = 0
  return {
    get length() {
      return length
    },
    add(part) {
      if (part.length === 0) return
      length += part.length
      if (length > limit) parts = []
      else parts.push(part)
    },
    take() {
      const [first] = parts
      // One part is the common case: a record inside one chunk is passed on without a copy.
      const bytes = parts.length === 1 ? first : Buffer.concat(parts)
      const isWhole = length <= limit
      parts = []
      length = 0
      return isWhole ? bytes : undefined
    },
  }
}
