import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, vi } from 'vitest'
import { startS3 } from '../../dev/s3/server.ts'

/** An S3 server with one empty bucket for the calling file, to which the AWS SDK's own variables point. */
export function useBucket(): { readonly bucket: string } {
  const bucket = 'lookalike'
  const stops: (() => Promise<void>)[] = []
  beforeAll(async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'lookalike-s3-'))
    stops.push(() => rm(dataDir, { recursive: true, force: true }))
    const server = await startS3({ dataDir })
    stops.push(server.close)
    useS3(server.url)
    await new S3Client().send(new CreateBucketCommand({ Bucket: bucket }))
  })
  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop()
  })
  return { bucket }
}

/** Points the AWS SDK at a local server, as its user would. */
export function useS3(url: string): void {
  vi.stubEnv('AWS_ENDPOINT_URL_S3', url)
  vi.stubEnv('AWS_REGION', 'us-east-1')
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test')
}
