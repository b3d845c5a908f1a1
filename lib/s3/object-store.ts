import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { AppError } from '../errors.ts'
import { type LineWriter, lineWriter } from './line-writer.ts'
import { translate } from './s3-errors.ts'

export interface ObjectReference {
  key: string
  /**
   * Without quotes. When given, no other content is read: OBJECT_REPLACED instead. Not a version id, by which a
   * replaced object could still be read, and would overwrite what its successor brought.
   */
  etag?: string | undefined
}

export interface OpenObject {
  etag: string
  size: number
  chunks: AsyncIterable<Buffer>
}

export interface ListedObject {
  key: string
  etag: string
  size: number
}

/** One bucket, as the importer sees it. */
export interface ObjectStore {
  bucket: string
  open(reference: ObjectReference): Promise<OpenObject>
  put(key: string, body: string, contentType: string): Promise<void>
  lines(key: string): LineWriter
  list(prefix: string): AsyncIterable<ListedObject[]>
}

/** A body that says nothing for this long is given up; the SDK alone would wait for ever. */
const STALLED_AFTER_MS = 10_000

export function objectStore(bucket: string): ObjectStore {
  const s3 = new S3Client({ requestHandler: { connectionTimeout: 2_000, socketTimeout: STALLED_AFTER_MS } })

  async function open({ key, etag }: ObjectReference): Promise<OpenObject> {
    const where = `s3://${bucket}/${key}`
    const command = new GetObjectCommand({
      Bucket: bucket,
      Key: key,
      ...(etag !== undefined && { IfMatch: `"${etag}"` }),
    })
    const { Body, ETag = '', ContentLength = 0 } = await s3.send(command).catch(translate(where))
    if (Body === undefined)
      throw new AppError('OBJECT_UNAVAILABLE', `Expected a body from ${where}, got none`)
    return {
      etag: unquoted(ETag),
      size: ContentLength,
      chunks: readBody(Body.transformToWebStream(), where, ContentLength),
    }
  }

  async function put(key: string, body: string, contentType: string): Promise<void> {
    const command = new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: contentType })
    await s3.send(command).catch(translate(`s3://${bucket}/${key}`))
  }

  async function* list(prefix: string): AsyncIterable<ListedObject[]> {
    let token: string | undefined
    do {
      const command = new ListObjectsV2Command({
        Bucket: bucket,
        Prefix: prefix,
        ...(token !== undefined && { ContinuationToken: token }),
      })
      const page = await s3.send(command).catch(translate(`s3://${bucket}/${prefix}`))
      yield (page.Contents ?? []).map(({ Key = '', ETag = '', Size = 0 }) => ({
        key: Key,
        etag: unquoted(ETag),
        size: Size,
      }))
      token = page.NextContinuationToken
    } while (token !== undefined)
  }

  return { bucket, open, put, lines: (key) => lineWriter(s3, bucket, key), list }
}

/** A cut body ends like a whole one unless its bytes are counted. */
async function* readBody(
  body: AsyncIterable<Uint8Array>,
  where: string,
  size: number,
): AsyncIterable<Buffer> {
  let read = 0
  try {
    for await (const chunk of body) {
      read += chunk.byteLength
      yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    }
  } catch (cause) {
    throw new AppError(
      'OBJECT_UNAVAILABLE',
      `The body of ${where} broke off after ${read} of ${size} bytes`,
      { cause },
    )
  }
  if (read !== size)
    throw new AppError('OBJECT_UNAVAILABLE', `Expected ${size} bytes from ${where}, got ${read}`)
}

function unquoted(etag: string): string {
  return etag.replaceAll('"', '')
}
