import { createReadStream } from 'node:fs'
import { Upload } from '@aws-sdk/lib-storage'
import type { Target } from './target.ts'

/** Uploads a file, in parts when it is large, and gives its ETag without quotes. */
export async function upload(
  { s3, bucket }: Target,
  { file, key, metadata = {} }: { file: string | URL; key: string; metadata?: Record<string, string> },
  onProgress: (bytes: number) => void = () => {},
): Promise<string> {
  const params = { Bucket: bucket, Key: key, Body: createReadStream(file), Metadata: metadata }
  const work = new Upload({ client: s3, params })
  work.on('httpUploadProgress', ({ loaded = 0 }) => onProgress(loaded))
  const { ETag = '' } = await work.done()
  return ETag.replaceAll('"', '')
}
