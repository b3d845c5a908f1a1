import * as v from 'valibot'
import { receiveDocument } from './body.ts'
import type { Bucket } from './bucket.ts'
import { guardWrite } from './conditions.ts'
import type { Context } from './context.ts'
import { digestBytes, digestOf } from './digests.ts'
import { s3Error } from './errors.ts'
import { checksumElements, checksumHeaders, conditionsOf, quote } from './headers.ts'
import type { Checksum, StoredObject } from './records.ts'
import type { Reply } from './reply.ts'
import type { S3Request } from './request.ts'
import type { Part, Upload } from './upload.ts'
import { endUpload, findUpload } from './uploads.ts'
import { readXml, writeXml } from './xml.ts'

/** Joins the listed parts to one object. If that fails, the upload stays, and the client can complete or abort it. */
export async function completeUpload(context: Context, request: S3Request): Promise<Reply> {
  const document = readXml(CompleteDocument, await receiveDocument(withoutChecksum(request)))
  const upload = findUpload(context, request)
  const parts = document.CompleteMultipartUpload.Part.map((listed) => findPart(upload, listed))
  refuseUnjoinable(parts)
  // Removes the upload while its parts are joined. No abort or second completion may delete parts that are being
  // read.
  context.uploads.delete(upload.id)
  let object: StoredObject
  try {
    object = await joinParts(context.store.bucket(upload.bucket), upload, parts, request)
  } catch (error) {
    context.uploads.set(upload.id, upload)
    throw error
  }
  endUpload(context, upload)
  context.announce('CompleteMultipartUpload', request, object)
  return {
    xml: writeXml('CompleteMultipartUploadResult', {
      Location: request.path,
      Bucket: upload.bucket,
      Key: upload.key,
      ETag: quote(object.etag),
      ...checksumElements(object.checksum),
    }),
  }
}

async function joinParts(
  bucket: Bucket,
  upload: Upload,
  parts: Part[],
  request: S3Request,
): Promise<StoredObject> {
  const { key, headers } = upload
  const md5 = await digestOf('MD5', Buffer.concat(parts.map((part) => Buffer.from(part.etag, 'hex'))))
  const composite = await compositeChecksum(upload, parts)
  const whole = upload.checksum?.type === 'FULL_OBJECT' ? upload.checksum.algorithm : undefined
  const joined = digestBytes(readAll(bucket, parts), whole ? [whole] : [])
  const content = await bucket.save(joined.bytes)
  const checksum = whole
    ? { algorithm: whole, type: 'FULL_OBJECT' as const, value: joined.digest(whole).toString('base64') }
    : composite
  const object = {
    key,
    content,
    size: joined.size(),
    etag: `${md5.toString('hex')}-${parts.length}`,
    headers,
    checksum,
  }
  return bucket.put(object, (current) => {
    refuseOtherChecksum(request, checksum)
    guardWrite(conditionsOf(request.headers), current)
  })
}

async function* readAll(bucket: Bucket, parts: Part[]): AsyncGenerator<Buffer> {
  for (const part of parts) yield* bucket.read(part)
}

/** A checksum of the parts' checksums, followed by the number of parts. */
async function compositeChecksum({ checksum }: Upload, parts: Part[]): Promise<Checksum | undefined> {
  if (checksum?.type !== 'COMPOSITE') return undefined
  const digests = parts.map((part) => part.checksum?.digest ?? Buffer.alloc(0))
  const digest = await digestOf(checksum.algorithm, Buffer.concat(digests))
  return { ...checksum, value: `${digest.toString('base64')}-${parts.length}` }
}

const CompleteDocument = v.object({
  CompleteMultipartUpload: v.object({
    Part: v.pipe(v.array(v.looseObject({ PartNumber: v.string(), ETag: v.string() })), v.minLength(1)),
  }),
})

type ListedPart = v.InferOutput<typeof CompleteDocument>['CompleteMultipartUpload']['Part'][number]

function findPart(upload: Upload, listed: ListedPart): Part {
  const part = upload.parts.get(Number(listed.PartNumber))
  const checksum = part?.checksum && listed[`Checksum${part.checksum.algorithm}`]
  const sameChecksum = checksum === undefined || checksum === part?.checksum?.digest.toString('base64')
  if (part && sameChecksum && listed.ETag.replaceAll('"', '') === part.etag) return part
  throw s3Error('InvalidPart', `Part ${listed.PartNumber} was not uploaded, or has another ETag or checksum.`)
}

function refuseUnjoinable(parts: Part[]) {
  for (const [index, part] of parts.entries()) {
    const next = parts[index + 1]
    if (next && next.number <= part.number)
      throw s3Error('InvalidPartOrder', `Part ${part.number} is listed before part ${next.number}.`)
    if (next && part.size < MIN_PART)
      throw s3Error(
        'EntityTooSmall',
        `Expected at least 5 MiB in part ${part.number}, got ${part.size} bytes.`,
      )
  }
}

const MIN_PART = 5 * 1024 * 1024

/** In this request, x-amz-checksum-* is the checksum of the object, and not of the XML body. */
function withoutChecksum(request: S3Request): S3Request {
  const own = Object.entries(request.headers).filter(([name]) => !name.startsWith('x-amz-checksum-'))
  return { ...request, headers: Object.fromEntries(own) }
}

function refuseOtherChecksum({ headers }: S3Request, checksum: Checksum | undefined) {
  for (const [name, value] of Object.entries(checksumHeaders(checksum))) {
    const expected = headers[name]
    if (expected !== undefined && expected !== value) {
      throw s3Error('BadDigest', `Expected parts that make ${name}: ${expected}, got ${value}.`)
    }
  }
}
