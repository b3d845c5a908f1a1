import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { s3Error } from './errors.ts'

/** A request in S3's terms. `bucket` and `key` are '' where the path names none. */
export interface S3Request {
  id: string
  method: string
  path: string
  bucket: string
  key: string
  query: URLSearchParams
  headers: IncomingHttpHeaders
  body: AsyncIterable<Buffer>
}

/** Reads bucket and key out of the path (`/bucket/key`) or of the host name (`bucket.localhost`). */
export function readRequest(message: IncomingMessage, id: string): S3Request {
  const { method = '', url = '', headers } = message
  // Not through URL, which would resolve the ".." of a key.
  const [path = '', ...search] = url.split('?')
  const { bucket, key } = addressOf(headers.host ?? '', decodePath(path))
  const bytes = Buffer.byteLength(key)
  if (bytes > 1024) throw s3Error('KeyTooLongError', `Expected a key of at most 1024 bytes, got ${bytes}.`)
  return {
    id,
    method,
    path,
    bucket,
    key,
    query: new URLSearchParams(search.join('?')),
    headers,
    // A body that is given up half-way must not take the connection with it: the answer goes back on it.
    body: message.iterator({ destroyOnReturn: false }),
  }
}

/** A header as one text, whether it came once or several times. */
export function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value.join(',') : value
}

/** The text behind percent-encoding; throws InvalidURI when that is not UTF-8. */
export function decodePath(encoded: string): string {
  try {
    return decodeURIComponent(encoded)
  } catch {
    throw s3Error('InvalidURI', `Expected percent-encoded UTF-8, got ${encoded}.`)
  }
}

function addressOf(host: string, path: string): { bucket: string; key: string } {
  const virtual = /^(.+)\.localhost(:\d+)?$/.exec(host)?.[1]
  if (virtual) return { bucket: virtual, key: path.slice(1) }
  const [, bucket = '', ...key] = path.split('/')
  return { bucket, key: key.join('/') }
}
