import { Readable } from 'node:stream'
import {
  DeleteObjectsCommand,
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
import { translateS3Error } from './s3-errors.ts'

export interface ObjectReference {
  key: string
  /**
   * Without quotes. If set, a read of other content fails with OBJECT_REPLACED. This is not a version id: with one, a
   * replaced object could still be read, and its import would overwrite the users of its successor.
   */
  etag?: string | undefined
}

/** An object at the time of the `head` call. Every read returns that content, or throws OBJECT_REPLACED. */
export interface StoredObject {
  key: string
  etag: string
  size: number
  /** The names are in lower case, without `x-amz-meta-`. */
  metadata: Record<string, string>
}

export interface ListedObject {
  key: string
  etag: string
  size: number
}

/** One bucket, in the calls that the importer needs. */
export interface ObjectStore {
  bucket: string
  head(reference: ObjectReference, options?: AwsCallOptions): Promise<StoredObject>
  /** Reads from a byte to the end. It resumes if the body is truncated or silent. */
  read(object: StoredObject, from: number): AsyncIterable<Buffer>
  /** Reads the bytes from `from` up to, but not including, `to`. */
  slice(object: StoredObject, from: number, to: number): Promise<Buffer>
  put(key: string, body: string | Buffer, contentType: string, options?: AwsCallOptions): Promise<void>
  /** A URL by which the object can be fetched for some seconds without credentials. */
  presign(key: string, fileName: string, seconds: number): Promise<string>
  /** A URL to which a PUT with the headers writes the object, for some seconds, without credentials. */
  presignPut(
    key: string,
    metadata: Record<string, string>,
    seconds: number,
  ): Promise<{ url: string; headers: Record<string, string> }>
  /** Deletes objects; those that are gone already do not matter. */
  remove(keys: readonly string[], options?: AwsCallOptions): Promise<void>
  parts: PartUploads
  /** The deadline covers all pages of the list. */
  list(prefix: string, options?: AwsCallOptions): AsyncIterable<ListedObject[]>
}

/** S3's own limit for one request. */
const MOST_DELETED = 1_000

export function objectStore(bucket: string): ObjectStore {
  const s3 = s3Client()

  async function head({ key, etag }: ObjectReference, options?: AwsCallOptions): Promise<StoredObject> {
    const input = { Bucket: bucket, Key: key, ...(etag !== undefined && { IfMatch: `"${etag}"` }) }
    const command = new HeadObjectCommand(input)
    const answer = await callS3((http) => s3.send(command, http), { ...options, attempts: 1 }).catch(
      translateS3Error(`s3://${bucket}/${key}`),
    )
    const { ETag = '', ContentLength = 0, Metadata = {} } = answer
    return { key, etag: removeQuotes(ETag), size: ContentLength, metadata: Metadata }
  }

  function read(object: StoredObject, from: number): AsyncIterable<Buffer> {
    // For a range that begins at the end, S3 answers 416.
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
    const { Body } = await callS3((http) => s3.send(command, http), { attempts: 1 }).catch(
      translateS3Error(where),
    )
    if (!(Body instanceof Readable))
      throw new AppError('OBJECT_UNAVAILABLE', `Expected a body from ${where}, got none`)
    // A body may still fail if it is not read to its end. Without a listener, that would end the process.
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
    await callS3((http) => s3.send(command, http), { ...options, bytes }).catch(translateS3Error(where))
  }

  async function presign(key: string, fileName: string, seconds: number): Promise<string> {
    // Loaded only where it is needed: other functions do without.
    const { getSignedUrl } = await import('@aws-sdk/s3-request-presigner')
    const ResponseContentDisposition = `attachment; filename="${fileName}"`
    const command = new GetObjectCommand({ Bucket: bucket, Key: key, ResponseContentDisposition })
    return getSignedUrl(s3, command, { expiresIn: seconds })
  }

  async function presignPut(key: string, metadata: Record<string, string>, seconds: number) {
    const { getSignedUrl } = await import('@aws-sdk/s3-request-presigner')
    const headers = Object.fromEntries(
      Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name}`, value]),
    )
    const command = new PutObjectCommand({ Bucket: bucket, Key: key, Metadata: metadata })
    // By default the presigner moves these headers into the URL, where S3 does not read metadata.
    const names = new Set(Object.keys(headers))
    const url = await getSignedUrl(s3, command, { expiresIn: seconds, unhoistableHeaders: names })
    return { url, headers }
  }

  async function remove(keys: readonly string[], options?: AwsCallOptions): Promise<void> {
    for (let i = 0; i < keys.length; i += MOST_DELETED) {
      const Objects = keys.slice(i, i + MOST_DELETED).map((Key) => ({ Key }))
      const command = new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } })
      const where = `${Objects.length} objects of s3://${bucket}`
      const { Errors = [] } = await callS3((http) => s3.send(command, http), options).catch(
        translateS3Error(where),
      )
      const [first] = Errors
      if (first !== undefined)
        throw new AppError('OBJECT_UNAVAILABLE', `S3 did not delete ${where}: ${first.Code}`)
    }
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
      const page = await callS3((http) => s3.send(command, http), options).catch(translateS3Error(where))
      yield (page.Contents ?? []).map(({ Key = '', ETag = '', Size = 0 }) => ({
        key: Key,
        etag: removeQuotes(ETag),
        size: Size,
      }))
      token = page.NextContinuationToken
    } while (token !== undefined)
  }

  return { bucket, head, read, slice, put, presign, presignPut, remove, parts: partUploads(s3, bucket), list }
}

function removeQuotes(etag: string): string {
  return etag.replaceAll('"', '')
}
