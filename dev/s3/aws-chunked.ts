import { s3Error } from './errors.ts'

/**
 * Decodes the `aws-chunked` encoding of a body: `<hexadecimal size>[;chunk-signature=…]\r\n<bytes>\r\n`, …, a chunk
 * of size 0, then trailers. It adds the trailers to `trailers`, with names in lower case, and does not check chunk
 * signatures. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
export async function* decodeAwsChunked(
  source: AsyncIterable<Buffer>,
  trailers: Map<string, string>,
): AsyncGenerator<Buffer> {
  const input = bufferedInput(source)
  try {
    for (let left = chunkSize(await input.line()); left > 0; left = chunkSize(await input.line())) {
      while (left > 0) {
        const piece = await input.some(left)
        left -= piece.length
        yield piece
      }
      if ((await input.line()) !== '') throw s3Error('IncompleteBody', 'A chunk is longer than its size.')
    }
    for (let line = await input.line(); line !== ''; line = await input.line()) {
      const colon = line.indexOf(':')
      trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim())
    }
    await input.end()
  } finally {
    await input.close()
  }
}

/** A line of this format is a size with a signature, or a trailer. A longer line is not aws-chunked. */
const MAX_LINE = 1024

function chunkSize(line: string): number {
  const size = /^([\da-f]{1,12})(;.*)?$/i.exec(line)?.[1]
  if (!size) throw s3Error('InvalidRequest', `Expected a chunk's size in an aws-chunked body, got "${line}".`)
  return Number.parseInt(size, 16)
}

/** Reads lines and counted bytes from a source with pieces of any length. */
function bufferedInput(source: AsyncIterable<Buffer>) {
  const pieces = source[Symbol.asyncIterator]()
  let buffered: Buffer = Buffer.alloc(0)

  async function pull() {
    const { done, value } = await pieces.next()
    if (done) throw s3Error('IncompleteBody', 'The aws-chunked body ends before its last chunk.')
    return value
  }

  return {
    /** The text before the next "\r\n". */
    async line(): Promise<string> {
      let end = buffered.indexOf('\r\n')
      while (end === -1) {
        if (buffered.length > MAX_LINE) throw s3Error('InvalidRequest', 'An aws-chunked line is too long.')
        buffered = Buffer.concat([buffered, await pull()])
        end = buffered.indexOf('\r\n')
      }
      const line = buffered.toString('latin1', 0, end)
      buffered = buffered.subarray(end + 2)
      return line
    },
    /** At least one byte, at most `limit`. */
    async some(limit: number): Promise<Buffer> {
      while (buffered.length === 0) buffered = await pull()
      const piece = buffered.subarray(0, limit)
      buffered = buffered.subarray(limit)
      return piece
    },
    /** Throws if more bytes follow. */
    async end() {
      if (buffered.length > 0 || !(await pieces.next()).done) {
        throw s3Error('InvalidRequest', 'The aws-chunked body has bytes after its last chunk.')
      }
    },
    async close() {
      await pieces.return?.()
    },
  }
}
