import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HeadObjectCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { upload } from '../../../dev/cli/upload.ts'
import { BUCKET, s3ForTest } from '../../support/s3.ts'

const key = 'imports/users.ndjson'
const MIB = 1024 * 1024

describe('an upload that is stopped', () => {
  const uploadOf = async (bytes: number, stopAt: (loaded: number) => boolean) => {
    const { client, dataDir } = await s3ForTest()
    const file = join(dataDir, 'users.ndjson')
    await writeFile(file, Buffer.alloc(bytes, '\n'))
    const stopping = new AbortController()
    const onProgress = (loaded: number) => {
      if (stopAt(loaded)) stopping.abort()
    }
    if (stopAt(0)) setImmediate(() => stopping.abort())
    const uploading = upload(
      { openS3: async () => client, bucket: BUCKET },
      { file, key },
      { onProgress, signal: stopping.signal },
    )
    return { client, uploading }
  }
  const sizeOf = async (client: Awaited<ReturnType<typeof uploadOf>>['client']) =>
    (await client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: key }))).ContentLength

  it('leaves nothing in the bucket, neither an object nor parts', async () => {
    const { client, uploading } = await uploadOf(64 * MIB, (loaded) => loaded > 0)
    await expect(uploading).rejects.toThrow('aborted')
    await expect(sizeOf(client)).rejects.toMatchObject({ name: 'NotFound' })
    const parts = () => client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }))
    await expect.poll(async () => (await parts()).Uploads ?? []).toEqual([])
  })

  it('is finished where S3 may have all of it already', async () => {
    const small = await uploadOf(MIB, () => true)
    expect(await small.uploading).toMatch(/^\w+$/)
    expect(await sizeOf(small.client)).toBe(MIB)
    const whole = await uploadOf(12 * MIB, (loaded) => loaded === 12 * MIB)
    expect(await whole.uploading).toMatch(/^\w+-3$/)
    expect(await sizeOf(whole.client)).toBe(12 * MIB)
  })
})
