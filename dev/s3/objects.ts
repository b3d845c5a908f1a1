import { receiveBody } from './body.ts'
import type { Bucket } from './bucket.ts'
import { evaluateRead, guardWrite } from './conditions.ts'
import type { Context } from './context.ts'
import type { ChecksumAlgorithm, DigestedBytes } from './digests.ts'
import { s3Error } from './errors.ts'
import {
  checksumHeaders,
  conditionsOf,
  objectHeaders,
  quote,
  responseHeaders,
  storedHeaders,
} from './headers.ts'
import { parseRange } from './range.ts'
import type { StoredObject } from './records.ts'
import type { Reply } from './reply.ts'
import { headerOf, type S3Request } from './request.ts'

export async function putObject({ store, announce }: Context, request: S3Request): Promise<Reply> {
  const bucket = store.bucket(request.bucket)
  const body = receiveBody(request)
  const object = await storeObject(bucket, request, body, body.algorithm, storedHeaders(request.headers))
  announce('Put', request, object)
  return { headers: { etag: quote(object.etag), ...checksumHeaders(object.checksum) } }
}

/** Answers the bytes that are the object at the time of the request, even if the key is replaced during the read. */
export function getObject({ store }: Context, request: S3Request): Reply {
  const bucket = store.bucket(request.bucket)
  const object = findObject(bucket, request.key)
  const { status, headers, range } = describe(object, request)
  return status === 304 ? { status, headers } : { status, headers, content: bucket.read(object, range) }
}

export function headObject({ store }: Context, request: S3Request): Reply {
  const { status, headers } = describe(findObject(store.bucket(request.bucket), request.key), request)
  return { status, headers }
}

/** Saves the bytes as the object of the request, if it meets the conditions. */
export async function storeObject(
  bucket: Bucket,
  request: S3Request,
  digested: DigestedBytes,
  algorithm: ChecksumAlgorithm | undefined,
  headers: Record<string, string>,
): Promise<StoredObject> {
  const content = await bucket.save(digested.bytes)
  const object = {
    key: request.key,
    content,
    size: digested.size(),
    etag: digested.digest('MD5').toString('hex'),
    headers,
    checksum: algorithm && {
      algorithm,
      type: 'FULL_OBJECT' as const,
      value: digested.digest(algorithm).toString('base64'),
    },
  }
  return bucket.put(object, (current) => guardWrite(conditionsOf(request.headers), current))
}

/** @throws S3Error NoSuchKey */
export function findObject(bucket: Bucket, key: string): StoredObject {
  const object = bucket.find(key)
  if (!object) throw s3Error('NoSuchKey', `The bucket "${bucket.name}" has no object "${key}".`)
  return object
}

/** The head of an answer, and the range of bytes that follows; without a range, all bytes follow. */
function describe(object: StoredObject, { headers, query }: S3Request) {
  const described = { ...objectHeaders(object), ...responseHeaders(query) }
  const condition = evaluateRead(conditionsOf(headers), object)
  if (condition === 'not-modified') return { status: 304, headers: described }
  const range = parseRange(headerOf(headers, 'range'), object.size)
  if (!range) {
    const wanted = headerOf(headers, 'x-amz-checksum-mode') === 'ENABLED'
    const checksum = checksumHeaders(wanted ? object.checksum : undefined)
    return { status: 200, headers: { ...described, ...checksum, 'content-length': object.size } }
  }
  // No checksum: it is that of the whole object. A client would compare it with the range and fail.
  const contentRange = `bytes ${range.start}-${range.end}/${object.size}`
  const length = range.end - range.start + 1
  return {
    status: 206,
    headers: { ...described, 'content-range': contentRange, 'content-length': length },
    range,
  }
}
