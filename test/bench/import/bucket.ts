import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { spawnTied } from '../../../dev/lifeline.mjs'

/** A bucket on an S3 server in a process of its own. */
export async function startBucket(name: string, dataDir: string) {
  const script = fileURLToPath(new URL('s3-process.ts', import.meta.url))
  const { child } = spawnTied([process.execPath, script, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] })
  if (!child.stdout) throw new Error('Expected the output of the S3 server')
  const [line] = await once(child.stdout, 'data')
  const url = String(line).trim()
  const client = new S3Client({
    ...{ endpoint: url, region: 'us-east-1', forcePathStyle: true },
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  })
  await client.send(new CreateBucketCommand({ Bucket: name }))
  return {
    url,
    /** Returns the object's ETag. */
    async put(key: string, body: Buffer | Readable, size: number): Promise<string> {
      const command = new PutObjectCommand({ Bucket: name, Key: key, Body: body, ContentLength: size })
      const { ETag = '' } = await client.send(command)
      return ETag.replaceAll('"', '')
    },
    end(): void {
      client.destroy()
      child.kill()
    },
  }
}
