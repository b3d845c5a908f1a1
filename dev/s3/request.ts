import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { AdmittedRequest } from '../local/admit.ts'
import { s3Error } from './errors.ts'

/** A request in S3's terms. `bucket` and `key` are '' if the path names none. */
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

/** Reads the bucket and the key from the path (`/bucket/key`), or the bucket from the host (`bucket.localhost`). */
export function readRequest(
  message: IncomingMessage,
  { host, target }: AdmittedRequest,
  id: string,
): S3Request {
  const { method = '', headers } = message
  // Does not use the class URL, which would resolve the ".." of a key.
  const [path = '', ...search] = target.split('?')
  const { bucket, key } = addressOf(host, decodePath(path))
  checkKeyLength(key)
  return {
    id,
    method,
    path,
    bucket,
    key,
    query: new URLSearchParams(search.join('?')),
    headers,
    // With destroyOnReturn, an operation that refuses a half-read body would end the answer's connection.
    body: message.iterator({ destroyOnReturn: false }),
  }
}

/** @throws S3Error KeyTooLongError */
export function checkKeyLength(key: string): void {
  const bytes = Buffer.byteLength(key)
  if (bytes > 1024) throw s3Error('KeyTooLongError', `Expected a key of at most 1024 bytes, got ${bytes}.`)
}

/** A header as one text, even if it occurs several times. */
export function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value.join(',') : value
}

/** Decodes percent-encoding. Throws InvalidURI if the bytes are not UTF-8. */
export function decodePath(encoded: string): string {
  try {
    return decodeURIComponent(encoded)
  } catch {
    throw s3Error('InvalidURI', `Expected percent-encoded UTF-8, got ${encoded}.`)
  }
}

function addressOf(host: string, path: string): { bucket: string; key: string } {
  if (host.endsWith('.localhost')) return { bucket: host.slice(0, -'.localhost'.length), key: path.slice(1) }
  const [, bucket = '', ...key] = path.split('/')
  return { bucket, key: key.join('/') }
}
