/** Chunks that can be looked at before they are read. */
export interface Peekable {
  /** Waits until there are so many bytes to look at; false when the end comes before. */
  fill(bytes: number): Promise<boolean>
  /** All that there is to look at. */
  head(): Buffer
  /** Every chunk, also those that were looked at. */
  all(): AsyncIterable<Buffer>
  close(): Promise<void>
}

export function peekable(chunks: AsyncIterable<Buffer>): Peekable {
  const rest = chunks[Symbol.asyncIterator]()
  let seen: Buffer[] = []
  let length = 0
  let fault: { reason: unknown } | undefined

  return {
    async fill(bytes) {
      while (length < bytes) {
        const next = await rest.next().catch((reason) => {
          // The reader comes to the same fault, behind what was seen.
          fault = { reason }
          throw reason
        })
        if (next.done) return false
        seen.push(next.value)
        length += next.value.length
      }
      return true
    },

    head() {
      const head = Buffer.concat(seen)
      seen = [head]
      return head
    },

    async *all() {
      try {
        yield* seen
        if (fault !== undefined) throw fault.reason
        for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
      } finally {
        await rest.return?.()
      }
    },

    close: async () => void (await rest.return?.()),
  }
}
