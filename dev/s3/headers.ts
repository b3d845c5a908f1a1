import type { IncomingHttpHeaders } from 'node:http'
import type { Conditions } from './conditions.ts'
import { s3Error } from './errors.ts'
import type { Checksum, StoredObject } from './records.ts'
import { headerOf } from './request.ts'

/** The headers of an upload that are stored and returned with the object. */
export function storedHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const stored: Record<string, string> = { 'content-type': 'binary/octet-stream' }
  for (const name of Object.keys(headers)) {
    const value = name === 'content-encoding' ? contentEncoding(headers) : headerOf(headers, name)
    if (value && (STORED_HEADERS.includes(name) || name.startsWith(METADATA))) stored[name] = value
  }
  checkMetadataSize(stored)
  return stored
}

/** Clients could not read the head of an answer with more metadata: Node's limit is 16 KiB. */
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
 * Checks a header that came as a query parameter or a form field. There it may contain bytes that no header can
 * carry. Stored, they would make every answer with the object fail.
 *
 * @throws S3Error InvalidArgument
 */
export function checkHeader(name: string, value: string): string {
  if (/^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\t\x20-\x7e\xa0-\xff]*$/.test(value)) return value
  throw s3Error('InvalidArgument', `Expected ${name} to be a header's name and value in ISO-8859-1.`)
}

/** The headers of a GET or HEAD about an object. */
export function objectHeaders(object: StoredObject): Record<string, string> {
  return {
    ...object.headers,
    etag: quote(object.etag),
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

/** The same checksum as elements of an XML answer. */
export function checksumElements(checksum: Checksum | undefined): Record<string, string> {
  return checksum ? { [`Checksum${checksum.algorithm}`]: checksum.value, ChecksumType: checksum.type } : {}
}

export function quote(etag: string): string {
  return `"${etag}"`
}

/** The conditions for the request's own object, or with `x-amz-copy-source-` for the source of a copy. */
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

/**
 * Throws NotImplemented for a header that asks for something that this server does not do. An answer of 200 would be
 * a false promise.
 */
export function refuseUnsupportedHeaders(headers: IncomingHttpHeaders) {
  const name = Object.keys(headers).find((header) =>
    UNSUPPORTED_HEADERS.some((prefix) => header.startsWith(prefix)),
  )
  if (name) throw s3Error('NotImplemented', `This server does not implement the header ${name}.`)
}

const STORED_HEADERS = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
]

/** Query parameters of a GET or HEAD that replace headers of its answer. */
export const RESPONSE_PARAMETERS = STORED_HEADERS.map((name) => `response-${name}`)

export function responseHeaders(query: URLSearchParams): Record<string, string> {
  const asked = STORED_HEADERS.map((name) => [name, query.get(`response-${name}`)] as const)
  return Object.fromEntries(
    asked.flatMap(([name, value]) =>
      value === null ? [] : [[name, checkHeader(`response-${name}`, value)]],
    ),
  )
}

const UNSUPPORTED_HEADERS = [
  'x-amz-bucket-object-lock-enabled',
  'x-amz-object-lock-',
  'x-amz-server-side-encryption-customer-',
  'x-amz-tagging',
  'x-amz-website-redirect-location',
  'x-amz-write-offset-bytes',
]

/** Without aws-chunked, which the server has decoded. */
function contentEncoding(headers: IncomingHttpHeaders): string {
  const encodings = headerOf(headers, 'content-encoding')?.split(',') ?? []
  return encodings
    .map((encoding) => encoding.trim())
    .filter((encoding) => encoding !== 'aws-chunked')
    .join(',')
}
