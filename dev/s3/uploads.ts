import type { Context } from './context.ts'
import { s3Error } from './errors.ts'
import { quote } from './headers.ts'
import type { Reply } from './reply.ts'
import type { S3Request } from './request.ts'
import type { Part, Upload } from './upload.ts'
import { writeXml } from './xml.ts'

/** The upload of the request. Throws NoSuchUpload, also if the upload has another key. */
export function findUpload({ store, uploads }: Context, { bucket, key, query }: S3Request): Upload {
  store.bucket(bucket)
  const upload = uploads.get(query.get('uploadId') ?? '')
  if (upload?.bucket !== bucket || upload.key !== key) {
    throw s3Error('NoSuchUpload', `The multipart upload of "${key}" is unknown, completed or aborted.`)
  }
  return upload
}

/** In the order of their numbers. */
export function partsOf(upload: Upload): Part[] {
  return [...upload.parts.values()].sort((a, b) => a.number - b.number)
}

/** Removes the upload, so that no other request can use it, and deletes its parts. */
export function endUpload({ store, uploads }: Context, upload: Upload) {
  uploads.delete(upload.id)
  for (const part of upload.parts.values()) store.bucket(upload.bucket).discard(part.content)
}

export function abortUpload(context: Context, request: S3Request): Reply {
  endUpload(context, findUpload(context, request))
  return { status: 204 }
}

/** All parts on one page. */
export function listParts(context: Context, request: S3Request): Reply {
  const upload = findUpload(context, request)
  const parts = partsOf(upload).map(({ number, size, etag, lastModified }) => ({
    PartNumber: number,
    LastModified: lastModified.toISOString(),
    ETag: quote(etag),
    Size: size,
  }))
  return {
    xml: writeXml('ListPartsResult', {
      Bucket: upload.bucket,
      Key: upload.key,
      UploadId: upload.id,
      IsTruncated: false,
      Part: parts,
    }),
  }
}

/** All uploads on one page. */
export function listUploads({ store, uploads }: Context, { bucket }: S3Request): Reply {
  store.bucket(bucket)
  const listed = [...uploads.values()]
    .filter((upload) => upload.bucket === bucket)
    .map(({ id, key, initiated }) => ({ Key: key, UploadId: id, Initiated: initiated.toISOString() }))
  return {
    xml: writeXml('ListMultipartUploadsResult', { Bucket: bucket, IsTruncated: false, Upload: listed }),
  }
}
