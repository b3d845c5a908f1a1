import { s3Error } from './errors.ts'
import { checkHeader } from './headers.ts'
import type { S3Request } from './request.ts'

/**
 * The request of a presigned URL, without its signature, and with the headers that the signer moved into the query.
 * It checks everything that needs no secret key: the URL's form, its time, and the headers that it covers.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 *
 * @throws S3Error AccessDenied after the URL's time, or for a header that the signature does not cover
 */
export function fromPresigned(request: S3Request, now = Date.now()): S3Request {
  const asked = new Map([...request.query].map(([name, value]) => [name.toLowerCase(), value]))
  if (VERSION_4.some((name) => asked.has(name.toLowerCase()))) {
    checkVersion4(request, asked, now)
    return withHoistedHeaders(request, isVersion4)
  }
  if (asked.has('signature') || asked.has('awsaccesskeyid')) {
    checkVersion2(request, asked, now)
    return withHoistedHeaders(request, isVersion2)
  }
  return request
}

const VERSION_4 = [
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Date',
  'X-Amz-Expires',
  'X-Amz-SignedHeaders',
  'X-Amz-Signature',
]

const isVersion4 = (name: string) =>
  /^x-amz-(algorithm|credential|date|expires|signedheaders|signature|security-token)$/.test(name)
const isVersion2 = (name: string) => /^(awsaccesskeyid|signature|expires|x-amz-security-token)$/.test(name)

function checkVersion4({ headers }: S3Request, asked: Map<string, string>, now: number) {
  const missing = VERSION_4.filter((name) => !asked.has(name.toLowerCase()))
  if (missing.length > 0)
    throw invalidUrlError(`A presigned URL needs ${VERSION_4.join(', ')}; it lacks ${missing.join(', ')}.`)
  const read = (name: string) => asked.get(name) ?? ''

  if (read('x-amz-algorithm') !== 'AWS4-HMAC-SHA256')
    throw invalidUrlError(`Expected X-Amz-Algorithm=AWS4-HMAC-SHA256, got "${read('x-amz-algorithm')}".`)
  if (!/^[^/]+\/\d{8}\/[^/]+\/s3\/aws4_request$/.test(read('x-amz-credential')))
    throw invalidUrlError('Expected X-Amz-Credential=KEY/YYYYMMDD/REGION/s3/aws4_request.')
  const signedAt = dateOf(read('x-amz-date'))
  const seconds = /^\d{1,6}$/.test(read('x-amz-expires')) ? Number(read('x-amz-expires')) : Number.NaN
  if (!(seconds <= WEEK_SECONDS))
    throw invalidUrlError(
      `Expected X-Amz-Expires from 0 to ${WEEK_SECONDS} seconds, got "${read('x-amz-expires')}".`,
    )
  if (signedAt > now + CLOCKS_DIFFER_MS) throw s3Error('AccessDenied', 'Request is not valid yet')
  checkTime(signedAt + seconds * 1000, now, { 'X-Amz-Expires': seconds })

  const signed = read('x-amz-signedheaders').toLowerCase().split(';')
  const absent = signed.filter((name) => headers[name] === undefined && !asked.has(name))
  if (absent.length > 0)
    throw s3Error(
      'SignatureDoesNotMatch',
      `The URL was signed with the header ${absent.join(', ')}: send it.`,
    )
  const added = Object.keys(headers).filter((name) => name.startsWith('x-amz-') && !signed.includes(name))
  const unsigned = added.filter((name) => name !== 'x-amz-content-sha256')
  if (unsigned.length > 0) {
    const message = 'There were headers present in the request which were not signed'
    throw s3Error('AccessDenied', message, { HeadersNotSigned: unsigned.join(', ') })
  }
}

/** boto3 creates these for regions that had version 2, including us-east-1. */
function checkVersion2({ headers }: S3Request, asked: Map<string, string>, now: number) {
  const expires = asked.get('expires') ?? ''
  if (!asked.has('signature') || !asked.has('awsaccesskeyid') || !/^\d{1,12}$/.test(expires)) {
    const message = 'A presigned URL of version 2 needs AWSAccessKeyId, Signature, and Expires in seconds.'
    throw s3Error('AccessDenied', message)
  }
  checkTime(Number(expires) * 1000, now)
  for (const name of ['content-type', 'content-md5']) {
    const [signed, sent] = [asked.get(name), headers[name]]
    if (signed !== undefined && sent !== undefined && signed !== sent)
      throw s3Error(
        'SignatureDoesNotMatch',
        `The URL was signed with ${name}: ${signed}, and ${sent} was sent.`,
      )
  }
}

function checkTime(expiresAt: number, now: number, details: Record<string, number> = {}) {
  if (now <= expiresAt) return
  const times = { Expires: new Date(expiresAt).toISOString(), ServerTime: new Date(now).toISOString() }
  throw s3Error('AccessDenied', 'Request has expired', { ...details, ...times })
}

const WEEK_SECONDS = 604_800
const CLOCKS_DIFFER_MS = 15 * 60_000

function dateOf(text: string): number {
  const [, date, hours, minutes, seconds] = /^(\d{8})T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? []
  const day = date?.replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3')
  const time = Date.parse(`${day}T${hours}:${minutes}:${seconds}Z`)
  if (Number.isNaN(time)) throw invalidUrlError(`Expected X-Amz-Date=YYYYMMDDTHHMMSSZ, got "${text}".`)
  return time
}

function withHoistedHeaders(request: S3Request, isSignature: (name: string) => boolean): S3Request {
  const headers = { ...request.headers }
  const query = new URLSearchParams()
  for (const [parameter, value] of request.query) {
    const name = parameter.toLowerCase()
    if (isSignature(name) || isUnknownChecksum(name)) continue
    if (name.startsWith('x-amz-') || (isSignature === isVersion2 && /^content-(type|md5)$/.test(name)))
      headers[name] ??= checkHeader(name, value)
    else query.append(parameter, value)
  }
  return { ...request, headers, query }
}

/**
 * S3 ignores a checksum in the query, and so does this server. By default, the AWS SDK for JavaScript puts the
 * checksum of an empty body there, because it does not know the body:
 * https://github.com/localstack/localstack/pull/12164
 */
function isUnknownChecksum(name: string): boolean {
  return /^x-amz-(checksum-(crc32|crc32c|crc64nvme|sha1|sha256)|sdk-checksum-algorithm)$/.test(name)
}

function invalidUrlError(message: string) {
  return s3Error('AuthorizationQueryParametersError', message)
}
