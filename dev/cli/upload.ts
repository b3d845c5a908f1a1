import { createReadStream } from 'node:fs'
import { Upload } from '@aws-sdk/lib-storage'
import type { Target } from './target.ts'

/** Uploads a file, in parts when it is large, and gives its ETag without quotes. */
export async function upload(
  { s3, bucket }: Target,
  { file, key }: { file: string | URL; key: string },
  onProgress: (bytes: number) => void = () => {},
): Promise<string> {
  const work = new Upload({ client: s3, params: { Bucket: bucket, Key: key, Body: createReadStream(file) } })
  work.on('httpUploadProgress', ({ loaded = 0 }) => onProgress(loaded))
  const { ETag = '' } = await work.done()
  return ETag.replaceAll('"', '')
}
