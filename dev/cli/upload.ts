import { createReadStream, statSync } from 'node:fs'
import { Upload } from '@aws-sdk/lib-storage'
import type { Target } from './target.ts'

/** What the library sends in one request. */
const ONE_PART_BYTES = 5 * 1024 * 1024

export interface UploadedFile {
  file: string | URL
  key: string
  metadata?: Record<string, string>
}

export interface UploadOptions {
  onProgress?: (bytes: number) => void
  /** Stops the upload. What has been sent whole by then is finished instead: S3 may have it already. */
  signal?: AbortSignal | undefined
}

/**
 * Uploads a file, in parts when it is large, and gives its ETag without quotes.
 *
 * @throws AbortError if it was stopped. Then the bucket has nothing of the file.
 */
export async function upload(
  { openS3, bucket }: Pick<Target, 'openS3' | 'bucket'>,
  { file, key, metadata = {} }: UploadedFile,
  { onProgress = () => {}, signal }: UploadOptions = {},
): Promise<string> {
  const params = { Bucket: bucket, Key: key, Body: createReadStream(file), Metadata: metadata }
  const work = new Upload({ client: await openS3(), params })
  const { size } = statSync(file)
  let uploaded = 0
  const stop = () => {
    // A request that is on its way cannot be taken back, and a small file is one request.
    if (size > ONE_PART_BYTES && uploaded < size) void work.abort()
  }
  work.on('httpUploadProgress', ({ loaded = 0 }) => {
    uploaded = loaded
    onProgress(loaded)
  })
  signal?.throwIfAborted()
  signal?.addEventListener('abort', stop)
  try {
    const { ETag = '' } = await work.done()
    return ETag.replaceAll('"', '')
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}
