import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { onTestFinished } from 'vitest'

/** An object that is longer than one would keep: so many blocks of one length, made when they are asked for. */
export interface Generated {
  blockBytes: number
  blocks: number
  /** Writes a block over the one before, which it may leave in place where it is the same. */
  fill(block: Buffer, number: number): void
}

const ETAG = '"generated"'

/**
 * An S3 that has one object, under every key, and takes whatever is put into it: HEAD, GET with Range and If-Match,
 * PUT, and uploads in parts. Closed after the test.
 */
export async function generatedObject({
  blockBytes,
  blocks,
  fill,
}: Generated): Promise<{ url: string; size: number }> {
  const size = blockBytes * blocks
  const block = Buffer.alloc(blockBytes)

  function* content(from: number): Generator<Buffer> {
    for (let number = Math.floor(from / blockBytes); number < blocks; number++) {
      fill(block, number)
      // A copy: the socket may still hold the one before.
      yield Buffer.from(block.subarray(Math.max(0, from - number * blockBytes)))
    }
  }

  function serve({ method, headers, url = '' }: IncomingMessage, response: ServerResponse): void {
    if (method === 'HEAD' || method === 'GET') {
      const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0)
      const isRightOne = (headers['if-match'] ?? ETAG) === ETAG
      const range = `bytes ${from}-${size - 1}/${size}`
      response.writeHead(isRightOne ? (headers.range ? 206 : 200) : 412, {
        ...{ etag: ETAG, 'content-length': isRightOne ? size - from : 0, 'content-range': range },
      })
      if (method === 'HEAD' || !isRightOne) response.end()
      else Readable.from(content(from), { objectMode: false }).pipe(response)
      return
    }
    const isParts = method === 'POST' && /[?&]uploads\b/.test(url)
    const xml = isParts
      ? '<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>'
      : '<CompleteMultipartUploadResult><ETag>"part"</ETag></CompleteMultipartUploadResult>'
    response.writeHead(200, { etag: '"part"' })
    response.end(method === 'POST' ? xml : '')
  }

  const server = createServer((request, response) => {
    request.resume().once('end', () => serve(request, response))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const address = server.address()
  if (typeof address !== 'object' || address === null)
    throw new Error(`Expected a TCP address, got ${address}`)
  return { url: `http://127.0.0.1:${address.port}`, size }
}
