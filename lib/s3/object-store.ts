import { Readable } from 'node:stream'
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { AppError } from '../errors.ts'
import { type LineWriter, lineWriter } from './line-writer.ts'
import { readResumably } from './resumable-body.ts'
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

/** How long S3 may take to begin its answer. What it then takes to give the body is for readResumably to judge. */
const ANSWERED_AFTER_MS = 5_000
/** A last resort for what has no other limit, such as a report that S3 takes without a word. */
const SOCKET_SILENT_MS = 60_000

export function objectStore(bucket: string): ObjectStore {
  const s3 = new S3Client({ requestHandler: { connectionTimeout: 2_000, socketTimeout: SOCKET_SILENT_MS } })

  async function open({ key, etag }: ObjectReference): Promise<OpenObject> {
    const where = `s3://${bucket}/${key}`
    const first = await get({ Key: key, ...(etag !== undefined && { IfMatch: `"${etag}"` }) }, where)
    const openAt = async (offset: number) => {
      const rest = { Key: key, IfMatch: first.etag, Range: `bytes=${offset}-` }
      return (await get(rest, where)).body
    }
    return {
      etag: unquoted(first.etag),
      size: first.size,
      chunks: readResumably(first.body, { where, size: first.size, openAt }),
    }
  }

  async function get(input: { Key: string; IfMatch?: string; Range?: string }, where: string) {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), ANSWERED_AFTER_MS)
    const command = new GetObjectCommand({ Bucket: bucket, ...input })
    const answer = await s3
      .send(command, { abortSignal: late.signal })
      .catch(translate(where))
      .finally(() => clearTimeout(timer))
    const { Body, ETag = '', ContentLength = 0 } = answer
    if (!(Body instanceof Readable))
      throw new AppError('OBJECT_UNAVAILABLE', `Expected a body from ${where}, got none`)
    // A body that nobody reads to its end may still break, which must not end the process.
    Body.on('error', () => {})
    return { body: Body, etag: ETag, size: ContentLength }
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

function unquoted(etag: string): string {
  return etag.replaceAll('"', '')
}
