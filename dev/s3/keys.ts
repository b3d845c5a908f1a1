/** S3 sorts keys by their UTF-8 bytes. JavaScript's own order puts U+1F600 before U+FF01. */
export function byteOrder(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

/** The position of the key in a list in byte order, or the position to insert it. */
export function positionOf(keys: readonly string[], key: string): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (byteOrder(keys[middle] ?? '', key) < 0) low = middle + 1
    else high = middle
  }
  return low
}
