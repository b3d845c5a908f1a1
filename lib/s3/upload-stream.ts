import { createHash } from 'node:crypto'
import type { ObjectStore } from './object-store.ts'
import { MIN_PART_BYTES, type PartUpload } from './part-upload.ts'

/** Few enough parts for 80 GB, of which S3 takes 10,000. */
const PART_BYTES = MIN_PART_BYTES + 3 * 1024 * 1024

export interface Uploaded {
  bytes: number
  /** In hexadecimal digits. */
  sha256: string
}

/**
 * Writes an object of unknown size from a stream. It writes a short object at once, and a longer one in parts, with one
 * part in memory. The object appears when it is complete.
 *
 * @throws AppError OBJECT_UNAVAILABLE, UPLOAD_LOST
 */
export async function uploadStream(
  objects: Pick<ObjectStore, 'put' | 'parts'>,
  { key, contentType }: { key: string; contentType: string },
  chunks: AsyncIterable<Uint8Array>,
): Promise<Uploaded> {
  const hash = createHash('sha256')
  let upload: PartUpload | undefined
  let waiting: Uint8Array[] = []
  let waitingBytes = 0
  let bytes = 0

  function takeWaiting(): Buffer {
    const body = Buffer.concat(waiting)
    waiting = []
    waitingBytes = 0
    return body
  }

  try {
    for await (const chunk of chunks) {
      hash.update(chunk)
      bytes += chunk.length
      waitingBytes += chunk.length
      waiting.push(chunk)
      if (waitingBytes < PART_BYTES) continue
      upload ??= await objects.parts.create(key, contentType)
      upload = await objects.parts.addPart(upload, takeWaiting())
    }
    if (upload === undefined) await objects.put(key, takeWaiting(), contentType)
    else
      await objects.parts.complete(
        waitingBytes === 0 ? upload : await objects.parts.addPart(upload, takeWaiting()),
      )
  } catch (error) {
    // Best effort: the bucket's lifecycle would clear it away, too.
    if (upload !== undefined) await objects.parts.abort(upload).catch(() => {})
    throw error
  }
  return { bytes, sha256: hash.digest('hex') }
}

/** All bytes of an object, as it is now. */
export async function readWhole(objects: ObjectStore, key: string): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of objects.read(await objects.head({ key }), 0)) parts.push(part)
  return Buffer.concat(parts)
}
