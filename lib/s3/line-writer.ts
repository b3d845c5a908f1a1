import { PassThrough } from 'node:stream'
import type { S3Client } from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { translate } from './s3-errors.ts'

/** A text object that is written line by line and appears as a whole, or not at all. */
export interface LineWriter {
  write(line: string): Promise<void>
  finish(): Promise<void>
  abort(): Promise<void>
}

const PIECE_LENGTH = 64 * 1024

export function lineWriter(s3: S3Client, bucket: string, key: string): LineWriter {
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
