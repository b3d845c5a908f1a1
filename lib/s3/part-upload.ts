import { randomUUID } from 'node:crypto'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  NoSuchUpload,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { AppError } from '../errors.ts'
import { translate } from './s3-errors.ts'

/** An object that comes to be in parts, each of at least MIN_PART_BYTES but the last: by several processes, if need be. */
export interface PartUpload {
  key: string
  uploadId: string
  /** In the metadata of the object that it becomes: S3 forgets the upload itself. */
  name: string
  parts: { PartNumber: number; ETag: string }[]
}

/** S3's own limit. */
export const MIN_PART_BYTES = 5 * 1024 * 1024

/** Each throws AppError UPLOAD_LOST when S3 no longer knows the upload: a bucket's lifecycle ends old ones. */
export interface PartUploads {
  create(key: string, contentType: string): Promise<PartUpload>
  /** Gives the upload with the part. A part that was sent, but not noted, is sent again under the same number. */
  addPart(upload: PartUpload, body: Buffer): Promise<PartUpload>
  complete(upload: PartUpload): Promise<void>
  /** Whether the object has come to be by this upload, and not by another. */
  isCompleted(upload: PartUpload): Promise<boolean>
  abort(upload: PartUpload): Promise<void>
}

export function partUploads(s3: S3Client, bucket: string): PartUploads {
  const lost = (key: string) => (cause: unknown) => {
    if (!(cause instanceof NoSuchUpload)) return translate(`s3://${bucket}/${key}`)(cause)
    throw new AppError('UPLOAD_LOST', `S3 no longer knows the upload of s3://${bucket}/${key}`, { cause })
  }
  return {
    async create(key, contentType) {
      const name = randomUUID()
      const input = { Bucket: bucket, Key: key, ContentType: contentType, Metadata: { upload: name } }
      const { UploadId = '' } = await s3.send(new CreateMultipartUploadCommand(input)).catch(lost(key))
      return { key, uploadId: UploadId, name, parts: [] }
    },
    async addPart(upload, body) {
      const { key, uploadId, parts } = upload
      const PartNumber = parts.length + 1
      const input = { Bucket: bucket, Key: key, UploadId: uploadId, PartNumber, Body: body }
      const { ETag = '' } = await s3.send(new UploadPartCommand(input)).catch(lost(key))
      return { ...upload, parts: [...parts, { PartNumber, ETag }] }
    },
    async complete({ key, uploadId, parts }) {
      const input = { Bucket: bucket, Key: key, UploadId: uploadId, MultipartUpload: { Parts: parts } }
      await s3.send(new CompleteMultipartUploadCommand(input)).catch(lost(key))
    },
    async isCompleted({ key, name }) {
      const where = `s3://${bucket}/${key}`
      const command = new HeadObjectCommand({ Bucket: bucket, Key: key })
      const object = await s3.send(command).catch(translate(where)).catch(undefinedIfNone)
      return object?.Metadata?.upload === name
    },
    async abort({ key, uploadId }) {
      const input = { Bucket: bucket, Key: key, UploadId: uploadId }
      await s3.send(new AbortMultipartUploadCommand(input)).catch(lost(key))
    },
  }
}

function undefinedIfNone(error: unknown): undefined {
  if (error instanceof AppError && error.code === 'OBJECT_NOT_FOUND') return undefined
  throw error
}
