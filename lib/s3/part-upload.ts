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
import type { AwsCallOptions } from '../aws/call-with-deadline.ts'
import { AppError } from '../errors.ts'
import { callS3 } from './s3-call.ts'
import { translateS3Error } from './s3-errors.ts'

/** A multipart upload, possibly by several processes. Each part but the last has at least MIN_PART_BYTES. */
export interface PartUpload {
  key: string
  uploadId: string
  /** An id in the metadata of the completed object, because S3 forgets the upload itself. */
  name: string
  parts: { PartNumber: number; ETag: string }[]
}

/** S3's own limit. */
export const MIN_PART_BYTES = 5 * 1024 * 1024

/**
 * Each method throws AppError UPLOAD_LOST if S3 no longer has the upload: a bucket's lifecycle rule deletes old
 * uploads.
 */
export interface PartUploads {
  create(key: string, contentType: string, options?: AwsCallOptions): Promise<PartUpload>
  /**
   * Sends a part and returns the upload with it. If a process dies before it saves the result, a retry overwrites the
   * part under the same number.
   */
  addPart(upload: PartUpload, body: Buffer, options?: AwsCallOptions): Promise<PartUpload>
  complete(upload: PartUpload, options?: AwsCallOptions): Promise<void>
  /** Whether this upload, and not another one, created the object. */
  isCompleted(upload: PartUpload, options?: AwsCallOptions): Promise<boolean>
  abort(upload: PartUpload, options?: AwsCallOptions): Promise<void>
}

export function partUploads(s3: S3Client, bucket: string): PartUploads {
  const toUploadError = (key: string) => (cause: unknown) => {
    if (!(cause instanceof NoSuchUpload)) return translateS3Error(`s3://${bucket}/${key}`)(cause)
    throw new AppError(
      'UPLOAD_LOST',
      `Expected the multipart upload of s3://${bucket}/${key}, S3 no longer has it`,
      { cause },
    )
  }
  return {
    async create(key, contentType, options) {
      const name = randomUUID()
      const input = { Bucket: bucket, Key: key, ContentType: contentType, Metadata: { upload: name } }
      const command = new CreateMultipartUploadCommand(input)
      const { UploadId = '' } = await callS3((http) => s3.send(command, http), options).catch(
        toUploadError(key),
      )
      return { key, uploadId: UploadId, name, parts: [] }
    },
    async addPart(upload, body, options) {
      const { key, uploadId, parts } = upload
      const PartNumber = parts.length + 1
      const input = { Bucket: bucket, Key: key, UploadId: uploadId, PartNumber, Body: body }
      const command = new UploadPartCommand(input)
      const sent = callS3((http) => s3.send(command, http), { ...options, bytes: body.length })
      const { ETag = '' } = await sent.catch(toUploadError(key))
      return { ...upload, parts: [...parts, { PartNumber, ETag }] }
    },
    async complete({ key, uploadId, parts }, options) {
      const input = { Bucket: bucket, Key: key, UploadId: uploadId, MultipartUpload: { Parts: parts } }
      const command = new CompleteMultipartUploadCommand(input)
      await callS3((http) => s3.send(command, http), options).catch(toUploadError(key))
    },
    async isCompleted({ key, name }, options) {
      const where = `s3://${bucket}/${key}`
      const command = new HeadObjectCommand({ Bucket: bucket, Key: key })
      const object = await callS3((http) => s3.send(command, http), options)
        .catch(translateS3Error(where))
        .catch(ignoreNotFound)
      return object?.Metadata?.upload === name
    },
    async abort({ key, uploadId }, options) {
      const input = { Bucket: bucket, Key: key, UploadId: uploadId }
      const command = new AbortMultipartUploadCommand(input)
      await callS3((http) => s3.send(command, http), options).catch(toUploadError(key))
    },
  }
}

function ignoreNotFound(error: unknown): undefined {
  if (error instanceof AppError && error.code === 'OBJECT_NOT_FOUND') return undefined
  throw error
}
