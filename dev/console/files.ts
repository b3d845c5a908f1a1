import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Target } from '../cli/target.ts'
import { SECURITY_HEADERS } from './headers.ts'
import { HostError } from './problem.ts'

export type Bucket = Pick<Target, 'openS3' | 'bucket'>

/** What the console may upload: files of users, and files of seeds. */
const WRITABLE = /^(imports|audiences\/seeds)\/./
/** What it may download: reports with their rejects, and audiences. */
const READABLE = /^(reports|audiences)\/./
/** S3's own limit. */
const KEY_BYTES = 1_024
/** The options of an import; another name would only be stored. */
const METADATA = ['on-error', 'dry-run'] as const

/** Streams the body of a request into the bucket. A body that ends too early leaves no object. */
export async function uploadFile(
  request: IncomingMessage,
  key: string,
  { openS3, bucket }: Bucket,
): Promise<{ key: string; etag: string }> {
  refuseKey(key, WRITABLE, 'imports/ or audiences/seeds/')
  const { Upload } = await import('@aws-sdk/lib-storage')
  const params = { Bucket: bucket, Key: key, Body: request, Metadata: metadataOf(request.headers) }
  const { ETag = '' } = await new Upload({ client: await openS3(), params }).done()
  return { key, etag: ETag.replaceAll('"', '') }
}

/**
 * Sends an object as a download. It comes from the console's own origin, so the browser must neither show it nor guess
 * its type: a record may hold HTML.
 */
export async function downloadFile(
  response: ServerResponse,
  key: string,
  { openS3, bucket }: Bucket,
): Promise<void> {
  refuseKey(key, READABLE, 'reports/ or audiences/')
  const { GetObjectCommand, NoSuchKey } = await import('@aws-sdk/client-s3')
  const s3 = await openS3()
  const found = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key })).catch((error) => {
    if (!(error instanceof NoSuchKey)) throw error
    throw new HostError(
      'OBJECT_NOT_FOUND',
      `Expected ${key} in the bucket, got none: it expires after 90 days`,
    )
  })
  if (!(found.Body instanceof Readable))
    throw new HostError('BUCKET_UNAVAILABLE', `Expected a body of ${key}, got none`)
  const name = key.slice(key.lastIndexOf('/') + 1)
  response.writeHead(200, {
    ...SECURITY_HEADERS,
    'content-security-policy': `${SECURITY_HEADERS['content-security-policy']}; sandbox`,
    'content-type': 'application/octet-stream',
    'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name).replaceAll("'", '%27')}`,
    'cache-control': 'no-store',
    ...(found.ContentLength !== undefined && { 'content-length': found.ContentLength }),
  })
  await pipeline(found.Body, response)
}

function refuseKey(key: string, allowed: RegExp, expected: string): void {
  const isSafe =
    allowed.test(key) && Buffer.byteLength(key) <= KEY_BYTES && !/\p{Cc}|\/\.{0,2}\/|\/\.{1,2}$/u.test(key)
  if (!isSafe)
    throw new HostError(
      'KEY_REFUSED',
      `Expected a key under ${expected} of at most ${KEY_BYTES} bytes, got ${JSON.stringify(key.slice(0, 100))}`,
    )
}

function metadataOf(headers: IncomingHttpHeaders): Record<string, string> {
  const given = METADATA.flatMap((name) => {
    const value = headers[`x-amz-meta-${name}`]
    return value === undefined ? [] : [[name, String(value)]]
  })
  return Object.fromEntries(given)
}
