import { randomBytes } from 'node:crypto'
import { readdir, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { type ChecksumAlgorithm, GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { startS3 } from '../../../dev/s3/server.ts'
import {
  BUCKET,
  clientOf,
  contentFiles,
  head,
  keys,
  put,
  rawRequest,
  read,
  s3ForTest,
} from '../../support/s3.ts'

/** Of "samuel", computed with Python's zlib and hashlib, and with a bitwise CRC over the published polynomials. */
const CHECKSUMS: [ChecksumAlgorithm, string][] = [
  ['CRC32', 'X963xQ=='],
  ['CRC32C', 'jA95oA=='],
  ['CRC64NVME', '4uBrBbemZwY='],
  ['SHA1', 'wWqrn+MojfD7j8HSSZCjALa48pk='],
  ['SHA256', 'kMwzpBtUGvLBlk4+EKRgiMve32MDHvqjXViKaYyRGT8='],
]

describe('a checksum', () => {
  it.each(CHECKSUMS)('%s of the SDK is verified, stored and returned', async (algorithm, value) => {
    const { client } = await s3ForTest()
    const checksum = { [`Checksum${algorithm}`]: value, ChecksumType: 'FULL_OBJECT' }
    const before = { ChecksumAlgorithm: algorithm }
    const behind = {
      ...before,
      Body: Readable.from([Buffer.from('sam'), Buffer.from('uel')]),
      ContentLength: 6,
    }
    expect(await put(client, 'in the head', 'samuel', before)).toMatchObject(checksum)
    expect(await put(client, 'behind the body', '', behind)).toMatchObject(checksum)
    for (const Key of ['in the head', 'behind the body']) {
      const asked = { Bucket: BUCKET, Key, ChecksumMode: 'ENABLED' as const }
      expect(await client.send(new HeadObjectCommand(asked))).toMatchObject(checksum)
      const got = await client.send(new GetObjectCommand(asked))
      expect(got).toMatchObject(checksum)
      expect(got.ContentEncoding).toBeUndefined()
      expect(await got.Body?.transformToString()).toBe('samuel')
    }
  })

  it('is CRC32 unless the client chooses', async () => {
    const { client } = await s3ForTest()
    expect(await put(client, 'a', 'samuel')).toMatchObject({ ChecksumCRC32: 'X963xQ==' })
  })

  it('is returned only to those who ask for it', async () => {
    const { client, server } = await s3ForTest()
    await put(client, 'a', 'samuel')
    const answer = await rawRequest(server, 'GET', `/${BUCKET}/a`)
    expect(answer.headers).not.toHaveProperty('x-amz-checksum-crc32')
  })
})

describe('an upload is refused, and leaves nothing,', () => {
  const trailer = {
    'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
    'x-amz-decoded-content-length': '6',
  }
  const crc32 = { ...trailer, 'x-amz-trailer': 'x-amz-checksum-crc32' }
  const zeros = (bytes: number) => Buffer.alloc(bytes).toString('base64')

  it.each([
    ['whose CRC32 is wrong', { 'x-amz-checksum-crc32': zeros(4) }, 'samuel', 'BadDigest'],
    ['whose CRC32C is wrong', { 'x-amz-checksum-crc32c': zeros(4) }, 'samuel', 'BadDigest'],
    ['whose CRC64NVME is wrong', { 'x-amz-checksum-crc64nvme': zeros(8) }, 'samuel', 'BadDigest'],
    ['whose SHA1 is wrong', { 'x-amz-checksum-sha1': zeros(20) }, 'samuel', 'BadDigest'],
    ['whose SHA256 is wrong', { 'x-amz-checksum-sha256': zeros(32) }, 'samuel', 'BadDigest'],
    ['whose MD5 is wrong', { 'content-md5': zeros(16) }, 'samuel', 'BadDigest'],
    ['whose MD5 is none', { 'content-md5': zeros(15) }, 'samuel', 'InvalidDigest'],
    [
      'whose payload hash is wrong',
      { 'x-amz-content-sha256': '0'.repeat(64) },
      'samuel',
      'XAmzContentSHA256Mismatch',
    ],
    [
      'whose trailer is wrong',
      crc32,
      '6\r\nsamuel\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n',
      'BadDigest',
    ],
    ['whose trailer is missing', crc32, '6\r\nsamuel\r\n0\r\n\r\n', 'MalformedTrailerError'],
    ['that ends in a chunk', trailer, '6\r\nsam', 'IncompleteBody'],
    ['that ends before its last chunk', trailer, '6\r\nsamuel\r\n', 'IncompleteBody'],
    ['that is shorter than announced', trailer, '3\r\nsam\r\n0\r\n\r\n', 'IncompleteBody'],
    ['that is not chunked as it says', trailer, 'samuel\r\n', 'InvalidRequest'],
    [
      'with two checksums',
      { 'x-amz-checksum-crc32': zeros(4), 'x-amz-checksum-sha1': zeros(20) },
      'samuel',
      'InvalidRequest',
    ],
  ])('%s', async (_, headers, body, code) => {
    const { client, server, dataDir, events } = await s3ForTest()
    const answer = await rawRequest(server, 'PUT', `/${BUCKET}/a`, { headers, body })
    expect(answer).toMatchObject({ status: 400, body: expect.stringContaining(`<Code>${code}</Code>`) })
    expect(await keys(client)).toEqual([])
    expect(await contentFiles(dataDir)).toEqual([])
    expect(events).toEqual([])
  })

  it('whose length is unknown', async () => {
    const { server } = await s3ForTest()
    const headers = { 'transfer-encoding': 'chunked' }
    const answer = await rawRequest(server, 'PUT', `/${BUCKET}/a`, { headers, body: 'samuel' })
    expect(answer).toMatchObject({ status: 411, body: expect.stringContaining('MissingContentLength') })
  })

  it('that is cut off; what was there before stays', async () => {
    const printed = vi.spyOn(console, 'error')
    onTestFinished(() => printed.mockRestore())
    const { server, client, dataDir, events } = await s3ForTest()
    await put(client, 'a', 'samuel')
    const headers = { 'content-length': 2_000_000 }
    const upload = request(server.url, { method: 'PUT', path: `/${BUCKET}/a`, headers }).on('error', () => {})
    upload.write(Buffer.alloc(1_000_000))
    await expect.poll(() => contentFiles(dataDir)).toHaveLength(2)
    upload.destroy()
    await expect.poll(() => contentFiles(dataDir)).toHaveLength(1)
    expect(await read(client, 'a')).toBe('samuel')
    expect(events).toHaveLength(1)
    expect(printed).not.toHaveBeenCalled()
  })

  it('without harm to the connection that it came on', async () => {
    const { server, client } = await s3ForTest()
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    onTestFinished(() => agent.destroy())
    const headers = { ...trailer, 'x-amz-decoded-content-length': '3000000' }
    const body = Buffer.alloc(3_000_000, 'no chunk ')
    expect(await rawRequest(server, 'PUT', `/${BUCKET}/a`, { headers, body, agent })).toMatchObject({
      status: 400,
    })
    await put(client, 'b', 'samuel')
    expect(await rawRequest(server, 'GET', `/${BUCKET}/b`, { agent })).toMatchObject({ body: 'samuel' })
  })
})

describe('an upload', () => {
  it('may be in signed chunks', async () => {
    const { server, client } = await s3ForTest()
    const signature = `;chunk-signature=${'0'.repeat(64)}\r\n`
    const answer = await rawRequest(server, 'PUT', `/${BUCKET}/a`, {
      headers: {
        'content-encoding': 'gzip,aws-chunked',
        'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
        'x-amz-decoded-content-length': '6',
      },
      body: `4${signature}samu\r\n2${signature}el\r\n0${signature}\r\n`,
    })
    expect(answer.status).toBe(200)
    expect(await head(client, 'a')).toMatchObject({ ContentEncoding: 'gzip', ContentLength: 6 })
    expect(await read(client, 'a')).toBe('samuel')
  })

  it('of many megabytes arrives as it was sent', async () => {
    const { client } = await s3ForTest()
    const body = randomBytes(30_000_000)
    const pieces = function* () {
      for (let at = 0; at < body.length; at += 77_777) yield body.subarray(at, at + 77_777)
    }
    await put(client, 'a', '', { Body: Readable.from(pieces()), ContentLength: body.length })
    const got = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'a' }))
    expect(body.equals((await got.Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(true)
  })

  it('leaves no unused bytes behind when its object is replaced, or its process was killed', async () => {
    const { server, client, dataDir } = await s3ForTest()
    await put(client, 'a', 'samuel')
    await put(client, 'a', 'david')
    expect(await contentFiles(dataDir)).toHaveLength(1)
    await server.close()
    await writeFile(join(dataDir, BUCKET, 'content', 'half'), 'half an upload')
    await writeFile(join(dataDir, BUCKET, 'objects', 'half.json.new'), '{"key":')
    const again = await startS3({ dataDir })
    onTestFinished(() => again.close())
    expect(await read(clientOf(again), 'a')).toBe('david')
    expect(await contentFiles(dataDir)).toHaveLength(1)
    expect(await readdir(join(dataDir, BUCKET, 'objects'))).toHaveLength(1)
  })
})
