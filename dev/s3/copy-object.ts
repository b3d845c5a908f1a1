import { evaluateRead } from './conditions.ts'
import type { Context } from './context.ts'
import { checksumAlgorithm, digestBytes } from './digests.ts'
import { s3Error } from './errors.ts'
import { checksumElements, conditionsOf, quote, storedHeaders } from './headers.ts'
import { findObject, storeObject } from './objects.ts'
import type { Reply } from './reply.ts'
import { decodePath, headerOf, type S3Request } from './request.ts'
import { writeXml } from './xml.ts'

/** Copies the bytes as S3 does: the copy of a multipart object has the MD5 as its ETag. */
export async function copyObject({ store, announce }: Context, request: S3Request): Promise<Reply> {
  const { headers } = request
  const from = sourceOf(headerOf(headers, 'x-amz-copy-source') ?? '')
  const bucket = store.bucket(request.bucket)
  const sourceBucket = store.bucket(from.bucket)
  const source = findObject(sourceBucket, from.key)
  if (evaluateRead(conditionsOf(headers, 'x-amz-copy-source-'), source) === 'not-modified') {
    throw s3Error(
      'PreconditionFailed',
      `The source is the version that the condition excludes: ${source.etag}.`,
    )
  }
  const replaces = headerOf(headers, 'x-amz-metadata-directive') === 'REPLACE'
  if (!replaces && from.bucket === request.bucket && from.key === request.key) {
    throw s3Error(
      'InvalidRequest',
      'An object can be copied onto itself only with x-amz-metadata-directive: REPLACE.',
    )
  }
  const wanted = headerOf(headers, 'x-amz-checksum-algorithm')
  const algorithm = wanted ? checksumAlgorithm(wanted) : source.checksum?.algorithm
  const bytes = sourceBucket.read(source)
  const digested = digestBytes(bytes, algorithm ? ['MD5', algorithm] : ['MD5'])
  const object = await storeObject(
    bucket,
    request,
    digested,
    algorithm,
    replaces ? storedHeaders(headers) : source.headers,
  )
  announce('Copy', request, object)
  return {
    xml: writeXml('CopyObjectResult', {
      ETag: quote(object.etag),
      LastModified: object.lastModified,
      ...checksumElements(object.checksum),
    }),
  }
}

/** `/bucket/key`, percent-encoded; the first slash is optional. */
function sourceOf(header: string): { bucket: string; key: string } {
  if (header.includes('?')) throw s3Error('NotImplemented', `This server has no versions to copy: ${header}.`)
  const [, bucket, key] = /^\/?([^/]+)\/(.+)$/s.exec(decodePath(header)) ?? []
  if (!bucket || !key)
    throw s3Error('InvalidArgument', `Expected x-amz-copy-source: bucket/key, got ${header}.`)
  return { bucket, key }
}
