import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { describe, expect, it } from 'vitest'
import { BUCKET, contentFiles, head, keys, put, s3ForTest } from '../../support/s3.ts'

const MIB = 1024 * 1024

describe('a multipart upload', () => {
  it('of 20 MB through lib-storage becomes one object, with the ETag that S3 gives it', async () => {
    const { client, events, dataDir } = await s3ForTest()
    const body = randomBytes(20_000_000)
    const params = { Bucket: BUCKET, Key: 'a', Body: body, ContentType: 'text/x', Metadata: { a: 'b' } }
    const done = await new Upload({ client, params }).done()
    const etag = etagOf([0, 5, 10, 15].map((at) => body.subarray(at * MIB, (at + 5) * MIB)))
    expect(done.ETag).toBe(`"${etag}"`)
    expect(done).toMatchObject({ ChecksumType: 'COMPOSITE', ChecksumCRC32: expect.stringMatching(/-4$/) })
    const got = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'a' }))
    expect(got).toMatchObject({ ETag: done.ETag, ContentType: 'text/x', Metadata: { a: 'b' } })
    expect(body.equals((await got.Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(true)
    expect(events.map((event) => event.Records[0]?.eventName)).toEqual([
      'ObjectCreated:CompleteMultipartUpload',
    ])
    expect(events[0]?.Records[0]?.s3.object).toMatchObject({ key: 'a', size: body.length, eTag: etag })
    expect(await contentFiles(dataDir)).toHaveLength(1)
  })

  it('lists its parts while it lasts, a part sent again in place of the first', async () => {
    const { client, dataDir } = await s3ForTest()
    const upload = await begin(client)
    await part(client, upload, 2, 'pieter')
    await part(client, upload, 1, 'samuel')
    const { ETag } = await part(client, upload, 2, 'david')
    const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }))
    expect(Uploads).toMatchObject([{ Key: 'a', UploadId: upload.UploadId }])
    const { Parts } = await client.send(new ListPartsCommand(upload))
    expect(Parts).toMatchObject([
      { PartNumber: 1, Size: 6 },
      { PartNumber: 2, Size: 5, ETag },
    ])
    expect(await keys(client)).toEqual([])
    expect(await contentFiles(dataDir)).toHaveLength(2)
  })

  it('is gone, with its parts, once it is aborted', async () => {
    const { client, dataDir } = await s3ForTest()
    const upload = await begin(client)
    await part(client, upload, 1, 'samuel')
    await client.send(new AbortMultipartUploadCommand(upload))
    const missing = expect.objectContaining({ name: 'NoSuchUpload' })
    await expect(part(client, upload, 2, 'david')).rejects.toThrow(missing)
    await expect(client.send(new AbortMultipartUploadCommand(upload))).rejects.toThrow(missing)
    await expect(complete(client, upload, [])).rejects.toThrow()
    expect(await contentFiles(dataDir)).toEqual([])
  })

  it('takes no part that was still on its way when it was aborted', async () => {
    const { server, client, dataDir } = await s3ForTest()
    const upload = await begin(client)
    const path = `/${BUCKET}/a?partNumber=1&uploadId=${upload.UploadId}`
    const late = request(server.url, { method: 'PUT', path, headers: { 'content-length': 6 } })
    late.write('sam')
    await expect.poll(() => contentFiles(dataDir)).toHaveLength(1)
    await client.send(new AbortMultipartUploadCommand(upload))
    late.end('uel')
    const [answer] = await once(late, 'response')
    expect(await text(answer)).toContain('<Code>NoSuchUpload</Code>')
    expect(await contentFiles(dataDir)).toEqual([])
  })

  it('belongs to its key', async () => {
    const { client } = await s3ForTest()
    const upload = await begin(client)
    const other = part(client, { ...upload, Key: 'b' }, 1, 'samuel')
    await expect(other).rejects.toThrow(expect.objectContaining({ name: 'NoSuchUpload' }))
  })

  it('is completed only with parts that are there, in order and large enough', async () => {
    const { client, events } = await s3ForTest()
    const upload = await begin(client)
    const one = await part(client, upload, 1, Buffer.alloc(5 * MIB))
    const two = await part(client, upload, 2, 'david')
    const three = await part(client, upload, 3, 'pieter')
    const fails = (parts: object[], name: string) =>
      expect(complete(client, upload, parts)).rejects.toThrow(expect.objectContaining({ name }))
    await fails([one, { ...two, ETag: one.ETag }], 'InvalidPart')
    await fails([one, { ...two, ChecksumCRC32: 'AAAAAA==' }], 'InvalidPart')
    await fails([one, { ...two, PartNumber: 4 }], 'InvalidPart')
    await fails([two, one], 'InvalidPartOrder')
    await fails([one, two, three], 'EntityTooSmall')
    await fails([], 'MalformedXML')
    expect(events).toEqual([])
    await complete(client, upload, [one, three])
    expect(await head(client, 'a')).toMatchObject({ ContentLength: 5 * MIB + 6 })
  })

  it('can be completed once', async () => {
    const { client, events } = await s3ForTest()
    const upload = await begin(client)
    const one = await part(client, upload, 1, Buffer.alloc(6 * MIB))
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => complete(client, upload, [one])))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(events).toHaveLength(1)
  })

  it('stays when a condition forbids its completion', async () => {
    const { client } = await s3ForTest()
    await put(client, 'a', 'samuel')
    const upload = await begin(client)
    const one = await part(client, upload, 1, 'david')
    const refused = complete(client, upload, [one], { IfNoneMatch: '*' })
    await expect(refused).rejects.toThrow(expect.objectContaining({ name: 'PreconditionFailed' }))
    expect(await head(client, 'a')).toMatchObject({ ContentLength: 6 })
    await complete(client, upload, [one])
    expect(await head(client, 'a')).toMatchObject({ ContentLength: 5 })
  })

  it('may have a checksum of the whole object, which is verified', async () => {
    const { client } = await s3ForTest()
    const upload = await begin(client, { ChecksumAlgorithm: 'CRC64NVME' })
    const one = await part(client, upload, 1, 'samuel', 'CRC64NVME')
    const wrong = complete(client, upload, [one], { ChecksumCRC64NVME: 'AAAAAAAAAAA=' })
    await expect(wrong).rejects.toThrow(expect.objectContaining({ name: 'BadDigest' }))
    const done = await complete(client, upload, [one], { ChecksumCRC64NVME: '4uBrBbemZwY=' })
    expect(done).toMatchObject({ ChecksumCRC64NVME: '4uBrBbemZwY=', ChecksumType: 'FULL_OBJECT' })
  })

  it('makes an object whose copy has its MD5 as ETag, as in S3', async () => {
    const { client } = await s3ForTest()
    const upload = await begin(client)
    await complete(client, upload, [await part(client, upload, 1, 'samuel')])
    const copy = { Bucket: BUCKET, Key: 'b', CopySource: `${BUCKET}/a` }
    const { CopyObjectResult } = await client.send(new CopyObjectCommand(copy))
    expect(CopyObjectResult?.ETag).toBe(`"${createHash('md5').update('samuel').digest('hex')}"`)
  })

  it('cannot take parts from other objects', async () => {
    const { client } = await s3ForTest()
    await put(client, 'b', 'samuel')
    const upload = await begin(client)
    const copy = client.send(
      new UploadPartCopyCommand({ ...upload, PartNumber: 1, CopySource: `${BUCKET}/b` }),
    )
    await expect(copy).rejects.toMatchObject({ name: 'NotImplemented', $metadata: { httpStatusCode: 501 } })
  })
})

interface UploadOfTest {
  Bucket: string
  Key: string
  UploadId: string | undefined
}

async function begin(
  client: S3Client,
  more?: Partial<CreateMultipartUploadCommandInput>,
): Promise<UploadOfTest> {
  const target = { Bucket: BUCKET, Key: 'a' }
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...target, ...more }))
  return { ...target, UploadId }
}

async function part(
  client: S3Client,
  upload: UploadOfTest,
  PartNumber: number,
  Body: string | Buffer,
  ChecksumAlgorithm: 'CRC32' | 'CRC64NVME' = 'CRC32',
) {
  const { ETag } = await client.send(
    new UploadPartCommand({ ...upload, PartNumber, Body, ChecksumAlgorithm }),
  )
  return { PartNumber, ETag }
}

function complete(
  client: S3Client,
  upload: UploadOfTest,
  Parts: object[],
  more?: Partial<CompleteMultipartUploadCommandInput>,
) {
  return client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts }, ...more }))
}

/** The MD5 of the parts' MD5s, and their number. */
function etagOf(parts: Buffer[]): string {
  const digests = parts.map((bytes) => createHash('md5').update(bytes).digest())
  return `${createHash('md5').update(Buffer.concat(digests)).digest('hex')}-${parts.length}`
}
