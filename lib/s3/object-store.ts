import { Readable } from 'node:stream'
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import type { AwsCallOptions } from '../aws/call-with-deadline.ts'
import { AppError } from '../errors.ts'
import { type PartUploads, partUploads } from './part-upload.ts'
import { readResumably } from './resumable-body.ts'
import { callS3, s3Client } from './s3-call.ts'
import { translate } from './s3-errors.ts'

export interface ObjectReference {
  key: string
  /**
   * Without quotes. When given, no other content is read: OBJECT_REPLACED instead. Not a version id, by which a
   * replaced object could still be read, and would overwrite what its successor brought.
   */
  etag?: string | undefined
}

/** An object as it was when it was asked for. Every reading of it gives that content, or throws OBJECT_REPLACED. */
export interface StoredObject {
  key: string
  etag: string
  size: number
  /** Lower-case, without `x-amz-meta-`. */
  metadata: Record<string, string>
}

export interface ListedObject {
  key: string
  etag: string
  size: number
}

/** One bucket, as the importer sees it. */
export interface ObjectStore {
  bucket: string
  head(reference: ObjectReference, options?: AwsCallOptions): Promise<StoredObject>
  /** From a byte on, to the end, although the body is cut or falls silent. */
  read(object: StoredObject, from: number): AsyncIterable<Buffer>
  /** The bytes from one up to, not including, another. */
  slice(object: StoredObject, from: number, to: number): Promise<Buffer>
  put(key: string, body: string | Buffer, contentType: string, options?: AwsCallOptions): Promise<void>
  parts: PartUploads
  /** The deadline is that of the whole list. */
  list(prefix: string, options?: AwsCallOptions): AsyncIterable<ListedObject[]>
}

export function objectStore(bucket: string): ObjectStore {
  const s3 = s3Client()

  async function head({ key, etag }: ObjectReference, options?: AwsCallOptions): Promise<StoredObject> {
    const input = { Bucket: bucket, Key: key, ...(etag !== undefined && { IfMatch: `"${etag}"` }) }
    const command = new HeadObjectCommand(input)
    const answer = await callS3((http) => s3.send(command, http), { ...options, attempts: 1 }).catch(
      translate(`s3://${bucket}/${key}`),
    )
    const { ETag = '', ContentLength = 0, Metadata = {} } = answer
    return { key, etag: unquoted(ETag), size: ContentLength, metadata: Metadata }
  }

  function read(object: StoredObject, from: number): AsyncIterable<Buffer> {
    // S3 answers 416 for a range that begins at the end; and there is nothing to read.
    if (from >= object.size) return Readable.from([])
    const where = `s3://${bucket}/${object.key}`
    return readResumably({
      where,
      from,
      size: object.size,
      openAt: (offset) => get(object, `bytes=${offset}-`),
    })
  }

  async function slice(object: StoredObject, from: number, to: number): Promise<Buffer> {
    const where = `bytes ${from} to ${to} of s3://${bucket}/${object.key}`
    const openAt = (offset: number) => get(object, `bytes=${offset}-${to - 1}`)
    const parts: Buffer[] = []
    for await (const part of readResumably({ where, from, size: to, openAt })) parts.push(part)
    return Buffer.concat(parts)
  }

  async function get({ key, etag }: StoredObject, range: string): Promise<Readable> {
    const where = `s3://${bucket}/${key}`
    const command = new GetObjectCommand({ Bucket: bucket, Key: key, IfMatch: `"${etag}"`, Range: range })
    const { Body } = await callS3((http) => s3.send(command, http), { attempts: 1 }).catch(translate(where))
    if (!(Body instanceof Readable))
      throw new AppError('OBJECT_UNAVAILABLE', `Expected a body from ${where}, got none`)
    // A body that is not read to its end may still break, which must not end the process.
    Body.on('error', () => {})
    return Body
  }

  async function put(
    key: string,
    body: string | Buffer,
    contentType: string,
    options?: AwsCallOptions,
  ): Promise<void> {
    const command = new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: contentType })
    const bytes = Buffer.byteLength(body)
    const where = `s3://${bucket}/${key}`
    await callS3((http) => s3.send(command, http), { ...options, bytes }).catch(translate(where))
  }

  async function* list(prefix: string, options?: AwsCallOptions): AsyncIterable<ListedObject[]> {
    let token: string | undefined
    do {
      const command = new ListObjectsV2Command({
        Bucket: bucket,
        Prefix: prefix,
        ...(token !== undefined && { ContinuationToken: token }),
      })
      const where = `s3://${bucket}/${prefix}`
      const page = await callS3((http) => s3.send(command, http), options).catch(translate(where))
      yield (page.Contents ?? []).map(({ Key = '', ETag = '', Size = 0 }) => ({
        key: Key,
        etag: unquoted(ETag),
        size: Size,
      }))
      token = page.NextContinuationToken
    } while (token !== undefined)
  }

  return { bucket, head, read, slice, put, parts: partUploads(s3, bucket), list }
}

function unquoted(etag: string): string {
  return etag.replaceAll('"', '')
}
