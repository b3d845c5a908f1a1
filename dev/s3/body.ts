import type { IncomingHttpHeaders } from 'node:http'
import { decodeAwsChunked } from './aws-chunked.ts'
import {
  type ChecksumAlgorithm,
  checksumAlgorithm,
  type DigestAlgorithm,
  type DigestedBytes,
  digestBytes,
} from './digests.ts'
import { s3Error } from './errors.ts'
import { headerOf, type S3Request } from './request.ts'

/** A request's body. After its end, `digest` returns the MD5, the client's checksum and the requested digests. */
export interface ReceivedBody extends DigestedBytes {
  /** The algorithm of the checksum that the client sends, before or after the body. */
  algorithm: ChecksumAlgorithm | undefined
}

/**
 * The bytes of a request, without their aws-chunked encoding. The read fails with an S3 error (BadDigest,
 * IncompleteBody, …) if the bytes differ in length or in a digest from the request's headers and trailers.
 */
export function receiveBody({ headers, body }: S3Request, compute: DigestAlgorithm[] = []): ReceivedBody {
  const length = readLength(headers)
  const trailers = new Map<string, string>()
  const decoded = isAwsChunked(headers) ? decodeAwsChunked(body, trailers) : body
  return verifyBytes(headers, withLength(decoded, length), { compute, trailers })
}

async function* withLength(bytes: AsyncIterable<Buffer>, length: number): AsyncGenerator<Buffer> {
  let size = 0
  for await (const chunk of bytes) {
    size += chunk.length
    yield chunk
  }
  if (size !== length)
    throw s3Error('IncompleteBody', `Expected ${length} bytes as the headers say, got ${size}.`)
}

/** Passes the bytes on. At their end, it throws if they differ from a digest of the headers and trailers. */
export function verifyBytes(
  headers: IncomingHttpHeaders,
  source: AsyncIterable<Buffer>,
  {
    compute = [],
    trailers = new Map(),
  }: { compute?: DigestAlgorithm[]; trailers?: Map<string, string> } = {},
): ReceivedBody {
  const checksum = checksumClaim(headers)
  const claims = [md5Claim(headers), sha256Claim(headers), checksum].filter((claim) => claim !== undefined)
  const digested = digestBytes(source, ['MD5', ...compute, ...claims.map((claim) => claim.algorithm)])

  async function* bytes() {
    yield* digested.bytes
    for (const claim of claims) verify(claim, digested.digest(claim.algorithm), trailers)
  }

  return { ...digested, bytes: bytes(), algorithm: checksum?.algorithm }
}

/** The whole verified body, for XML. S3 allows at most 1000 keys of 1024 bytes in it. */
export async function receiveDocument(request: S3Request): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of receiveBody(request).bytes) {
    size += chunk.length
    if (size > MAX_DOCUMENT) throw s3Error('MalformedXML', `Expected at most ${MAX_DOCUMENT} bytes of XML.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const MAX_DOCUMENT = 8 * 1024 * 1024

/** A digest that the client claims for the body. Without `value`, it follows the body as a trailer of that name. */
interface DigestClaim<Algorithm extends DigestAlgorithm = DigestAlgorithm> {
  name: string
  algorithm: Algorithm
  encoding: 'base64' | 'hex'
  value: string | undefined
}

function verify(
  { name, algorithm, encoding, value }: DigestClaim,
  actual: Buffer,
  trailers: Map<string, string>,
) {
  const expected = value ?? trailers.get(name)
  if (expected === undefined) throw s3Error('MalformedTrailerError', `The trailer ${name} is missing.`)
  if (expected === actual.toString(encoding)) return
  const message = `Expected a body with the ${algorithm} ${expected} (${name}), got ${actual.toString(encoding)}.`
  throw s3Error(encoding === 'hex' ? 'XAmzContentSHA256Mismatch' : 'BadDigest', message)
}

function md5Claim(headers: IncomingHttpHeaders): DigestClaim | undefined {
  const value = headerOf(headers, 'content-md5')
  if (value === undefined) return undefined
  if (Buffer.from(value, 'base64').length !== 16)
    throw s3Error('InvalidDigest', `Expected 16 bytes in base64 as Content-MD5, got ${value}.`)
  return { name: 'content-md5', algorithm: 'MD5', encoding: 'base64', value }
}

/** Values that are not a digest (UNSIGNED-PAYLOAD, STREAMING-…) claim nothing about the bytes. */
function sha256Claim(headers: IncomingHttpHeaders): DigestClaim | undefined {
  const value = headerOf(headers, 'x-amz-content-sha256')
  if (!value || !/^[\da-f]{64}$/.test(value)) return undefined
  return { name: 'x-amz-content-sha256', algorithm: 'SHA256', encoding: 'hex', value }
}

function checksumClaim(headers: IncomingHttpHeaders): DigestClaim<ChecksumAlgorithm> | undefined {
  const announced = headerOf(headers, 'x-amz-trailer')?.split(',') ?? []
  const names = [...Object.keys(headers), ...announced.map((name) => name.trim().toLowerCase())].filter(
    (name) => name.startsWith(PREFIX) && !['algorithm', 'mode', 'type'].includes(name.slice(PREFIX.length)),
  )
  const [name] = names
  if (name === undefined) return undefined
  if (names.length > 1) throw s3Error('InvalidRequest', `Expected one checksum, got ${names.join(' and ')}.`)
  const algorithm = checksumAlgorithm(name.slice(PREFIX.length))
  return { name, algorithm, encoding: 'base64', value: headerOf(headers, name) }
}

const PREFIX = 'x-amz-checksum-'

function isAwsChunked(headers: IncomingHttpHeaders): boolean {
  const encodings = headerOf(headers, 'content-encoding')?.split(',') ?? []
  return (
    headerOf(headers, 'x-amz-content-sha256')?.startsWith('STREAMING-') === true ||
    encodings.some((encoding) => encoding.trim() === 'aws-chunked')
  )
}

/** S3 refuses a body of unknown length. So does this server, because a client that works here must work with S3. */
function readLength(headers: IncomingHttpHeaders): number {
  const name = isAwsChunked(headers) ? 'x-amz-decoded-content-length' : 'content-length'
  const announced = headerOf(headers, name)
  if (announced === undefined || !/^\d+$/.test(announced))
    throw s3Error('MissingContentLength', `Expected the body's length in ${name}, got ${announced}.`)
  return Number(announced)
}
