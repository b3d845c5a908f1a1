import { PassThrough } from 'node:stream'
import {
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { AppError } from '../errors.ts'

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

/** A text object that is written line by line and appears as a whole, or not at all. */
export interface LineWriter {
  write(line: string): Promise<void>
  finish(): Promise<void>
  abort(): Promise<void>
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

const PIECE_LENGTH = 64 * 1024

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

  function lines(key: string): LineWriter {
    const body = new PassThrough()
    const params = { Bucket: bucket, Key: key, Body: body, ContentType: 'application/x-ndjson' }
    const upload = new Upload({ client: s3, params })
    const done = upload.done().catch(translate(`s3://${bucket}/${key}`))
    // Who writes learns of a failure at finish(); until then it must not count as unhandled.
    done.catch(() => body.destroy())
    let pending = ''
    // Called back when the uploader has taken it, or is gone.
    const flush = (piece: string) => new Promise<void>((resolve) => body.write(piece, () => resolve()))
    return {
      write: async (line) => {
        pending += `${line}\n`
        // The uploader pays for each piece: 100,000 lines one by one took 9 s.
        if (pending.length < PIECE_LENGTH) return
        const piece = pending
        pending = ''
        await flush(piece)
      },
      finish: async () => {
        body.end(pending)
        await done
      },
      abort: async () => {
        await upload.abort()
        body.destroy()
      },
    }
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

  return { bucket, open, put, lines, list }
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

function translate(where: string): (cause: unknown) => never {
  return (cause) => {
    const status = cause instanceof S3ServiceException ? cause.$metadata.httpStatusCode : undefined
    if (status === 412) throw new AppError('OBJECT_REPLACED', `${where} has other content by now`, { cause })
    if (status === 404) throw new AppError('OBJECT_NOT_FOUND', `${where} does not exist`, { cause })
    throw new AppError('OBJECT_UNAVAILABLE', `S3 did not serve ${where}`, { cause })
  }
}

function unquoted(etag: string): string {
  return etag.replaceAll('"', '')
}
