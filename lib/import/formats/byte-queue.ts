/** Bytes that come in chunks, taken as they are needed. */
export interface ByteQueue {
  /** The next bytes, at least one; undefined at the end. */
  peek(): Promise<Buffer | undefined>
  drop(count: number): void
  /** Exactly so many; undefined when there are fewer. */
  take(count: number): Promise<Buffer | undefined>
  /** How many bytes have come, the whole of the present block included. */
  readonly received: number
  close(): Promise<void>
}

/** Hands the bytes on in blocks of one size (but the last), so that nothing depends on how they happened to arrive. */
export function byteQueue(chunks: AsyncIterable<Buffer>, blockBytes: number): ByteQueue {
  const source = inBlocks(chunks, blockBytes)
  let rest: Buffer = Buffer.alloc(0)
  let received = 0

  async function peek(): Promise<Buffer | undefined> {
    if (rest.length > 0) return rest
    const { value } = await source.next()
    if (value === undefined) return undefined
    received += value.length
    rest = value
    return rest
  }

  function drop(count: number): void {
    rest = rest.subarray(count)
  }

  return {
    get received() {
      return received
    },
    peek,
    drop,
    async take(count) {
      const parts: Buffer[] = []
      for (let missing = count; missing > 0; ) {
        const part = (await peek())?.subarray(0, missing)
        if (part === undefined) return undefined
        parts.push(part)
        drop(part.length)
        missing -= part.length
      }
      return Buffer.concat(parts)
    },
    close: async () => void (await source.return(undefined)),
  }
}

async function* inBlocks(
  chunks: AsyncIterable<Buffer>,
  size: number,
): AsyncGenerator<Buffer, undefined, undefined> {
  let parts: Buffer[] = []
  let length = 0
  for await (const chunk of chunks) {
    let from = 0
    for (; length + chunk.length - from >= size; length = 0, parts = []) {
      const to = from + size - length
      yield Buffer.concat([...parts, chunk.subarray(from, to)])
      from = to
    }
    if (from < chunk.length) parts.push(chunk.subarray(from))
    length += chunk.length - from
  }
  if (length > 0) yield Buffer.concat(parts)
  return undefined
}
