import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { receiveBody } from './body.ts'
import type { Context } from './context.ts'
import { checksumAlgorithm } from './digests.ts'
import { s3Error } from './errors.ts'
import { quote, storedHeaders } from './headers.ts'
import type { Reply } from './reply.ts'
import { headerOf, type S3Request } from './request.ts'
import type { Upload } from './upload.ts'
import { findUpload } from './uploads.ts'
import { writeXml } from './xml.ts'

export function createUpload({ store, uploads }: Context, { bucket, key, headers }: S3Request): Reply {
  store.bucket(bucket)
  const id = randomUUID()
  const checksum = planChecksum(headers)
  uploads.set(id, {
    id,
    bucket,
    key,
    checksum,
    headers: storedHeaders(headers),
    initiated: new Date(),
    parts: new Map(),
  })
  return {
    headers: checksum
      ? { 'x-amz-checksum-algorithm': checksum.algorithm, 'x-amz-checksum-type': checksum.type }
      : {},
    xml: writeXml('InitiateMultipartUploadResult', { Bucket: bucket, Key: key, UploadId: id }),
  }
}

/** A part with an existing number replaces that part. */
export async function uploadPart(context: Context, request: S3Request): Promise<Reply> {
  const upload = findUpload(context, request)
  const bucket = context.store.bucket(upload.bucket)
  const number = partNumber(request.query)
  const body = receiveBody(request, upload.checksum && [upload.checksum.algorithm])
  const content = await bucket.save(body.bytes)
  if (!context.uploads.has(upload.id)) {
    bucket.discard(content)
    throw s3Error(
      'NoSuchUpload',
      'The multipart upload was completed or aborted while this part was on its way.',
    )
  }
  const replaced = upload.parts.get(number)
  if (replaced) bucket.discard(replaced.content)
  const algorithm = upload.checksum?.algorithm ?? body.algorithm
  const checksum = algorithm && { algorithm, digest: body.digest(algorithm) }
  const etag = body.digest('MD5').toString('hex')
  upload.parts.set(number, { number, content, etag, checksum, size: body.size(), lastModified: new Date() })
  return {
    headers: {
      etag: quote(etag),
      ...(checksum && {
        [`x-amz-checksum-${checksum.algorithm.toLowerCase()}`]: checksum.digest.toString('base64'),
      }),
    },
  }
}

/**
 * The defaults are in https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html.
 */
function planChecksum(headers: IncomingHttpHeaders): Upload['checksum'] {
  const named = headerOf(headers, 'x-amz-checksum-algorithm')
  if (!named) return undefined
  const algorithm = checksumAlgorithm(named)
  const wanted = headerOf(headers, 'x-amz-checksum-type')
  const type =
    wanted === 'FULL_OBJECT' || (!wanted && algorithm === 'CRC64NVME') ? 'FULL_OBJECT' : 'COMPOSITE'
  const possible = type === 'COMPOSITE' ? algorithm !== 'CRC64NVME' : !algorithm.startsWith('SHA')
  if (!possible)
    throw s3Error('InvalidRequest', `S3 does not combine ${algorithm} with the checksum type ${type}.`)
  return { algorithm, type }
}

function partNumber(query: URLSearchParams): number {
  const text = query.get('partNumber') ?? ''
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (number >= 1 && number <= 10_000) return number
  throw s3Error('InvalidArgument', `Expected a partNumber from 1 to 10000, got ${text}.`)
}
