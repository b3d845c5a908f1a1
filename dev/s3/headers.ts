import type { IncomingHttpHeaders } from 'node:http'
import type { Conditions } from './conditions.ts'
import { s3Error } from './errors.ts'
import type { Checksum, StoredObject } from './records.ts'
import { headerOf } from './request.ts'

/** The headers of an upload that come back with the object. */
export function keptHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const kept: Record<string, string> = { 'content-type': 'binary/octet-stream' }
  for (const name of Object.keys(headers)) {
    const value = name === 'content-encoding' ? contentEncoding(headers) : headerOf(headers, name)
    if (value && (KEPT.includes(name) || name.startsWith(METADATA))) kept[name] = value
  }
  checkMetadataSize(kept)
  return kept
}

/** More would not fit into the head of an answer that clients can read: Node's takes 16 KiB. */
function checkMetadataSize(headers: Record<string, string>) {
  const metadata = Object.entries(headers).filter(([name]) => name.startsWith(METADATA))
  const bytes = Buffer.byteLength(
    metadata.map(([name, value]) => name.slice(METADATA.length) + value).join(''),
  )
  if (bytes <= MAX_METADATA) return
  throw s3Error('MetadataTooLarge', `Expected at most ${MAX_METADATA} bytes of metadata, got ${bytes}.`)
}

const METADATA = 'x-amz-meta-'
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html */
const MAX_METADATA = 2048

/**
 * A header that came as a query parameter or a form field, where it may have bytes that no header can carry: stored,
 * they would make every answer with the object fail.
 *
 * @throws S3Error InvalidArgument
 */
export function checkedHeader(name: string, value: string): string {
  if (/^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\t\x20-\x7e\xa0-\xff]*$/.test(value)) return value
  throw s3Error('InvalidArgument', `Expected ${name} to be a header's name and value in ISO-8859-1.`)
}

/** What a GET or HEAD says about an object. */
export function objectHeaders(object: StoredObject): Record<string, string> {
  return {
    ...object.headers,
    etag: quoted(object.etag),
    'last-modified': new Date(object.lastModified).toUTCString(),
    'accept-ranges': 'bytes',
  }
}

export function checksumHeaders(checksum: Checksum | undefined): Record<string, string> {
  if (!checksum) return {}
  return {
    [`x-amz-checksum-${checksum.algorithm.toLowerCase()}`]: checksum.value,
    'x-amz-checksum-type': checksum.type,
  }
}

/** The same checksum as the elements of an XML answer. */
export function checksumElements(checksum: Checksum | undefined): Record<string, string> {
  return checksum ? { [`Checksum${checksum.algorithm}`]: checksum.value, ChecksumType: checksum.type } : {}
}

export function quoted(etag: string): string {
  return `"${etag}"`
}

/** The conditions for the request's own object, or with `x-amz-copy-source-` for the one it copies. */
export function conditionsOf(
  headers: IncomingHttpHeaders,
  prefix: '' | 'x-amz-copy-source-' = '',
): Conditions {
  return {
    ifMatch: headerOf(headers, `${prefix}if-match`),
    ifNoneMatch: headerOf(headers, `${prefix}if-none-match`),
    ifModifiedSince: headerOf(headers, `${prefix}if-modified-since`),
    ifUnmodifiedSince: headerOf(headers, `${prefix}if-unmodified-since`),
  }
}

/** Throws NotImplemented when a header asks for what an answer of 200 would promise and this server would not keep. */
export function refuseUnkeptPromises(headers: IncomingHttpHeaders) {
  const name = Object.keys(headers).find((header) => UNKEPT.some((prefix) => header.startsWith(prefix)))
  if (name) throw s3Error('NotImplemented', `This server does not implement the header ${name}.`)
}

const KEPT = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
]

/** Query parameters by which a GET or HEAD replaces headers of its answer. */
export const RESPONSE_PARAMETERS = KEPT.map((name) => `response-${name}`)

export function responseHeaders(query: URLSearchParams): Record<string, string> {
  const asked = KEPT.map((name) => [name, query.get(`response-${name}`)] as const)
  return Object.fromEntries(
    asked.flatMap(([name, value]) =>
      value === null ? [] : [[name, checkedHeader(`response-${name}`, value)]],
    ),
  )
}

const UNKEPT = [
  'x-amz-bucket-object-lock-enabled',
  'x-amz-object-lock-',
  'x-amz-server-side-encryption-customer-',
  'x-amz-tagging',
  'x-amz-website-redirect-location',
  'x-amz-write-offset-bytes',
]

/** Without aws-chunked, which is gone once the body is received. */
function contentEncoding(headers: IncomingHttpHeaders): string {
  const encodings = headerOf(headers, 'content-encoding')?.split(',') ?? []
  return encodings
    .map((encoding) => encoding.trim())
    .filter((encoding) => encoding !== 'aws-chunked')
    .join(',')
}
