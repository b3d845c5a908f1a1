import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { AwsClient } from 'aws4fetch'
import { describe, expect, it } from 'vitest'
import { BUCKET, head, keys, put, read, s3ForTest } from '../../support/s3.ts'

const RECORD = '{"id":"v3","labels":"road","vector_embedding":[1,2,3]}\n'

describe('a URL that the SDK has presigned', () => {
  it('uploads, by the SDK’s defaults, which sign the checksum of an empty body', async () => {
    const { client, events } = await s3ForTest()
    const command = new PutObjectCommand({ Bucket: BUCKET, Key: 'imports/a b+ü.ndjson' })
    const url = await getSignedUrl(client, command, { expiresIn: 60 })
    expect(url).toContain('x-amz-checksum-crc32=AAAAAA%3D%3D')
    expect((await fetch(url, { method: 'PUT', body: RECORD })).status).toBe(200)
    expect(await read(client, 'imports/a b+ü.ndjson')).toBe(RECORD)
    expect(events[0]?.Records[0]).toMatchObject({
      eventName: 'ObjectCreated:Put',
      s3: { object: { key: 'imports/a+b%2B%C3%BC.ndjson', size: RECORD.length } },
    })
  })

  it('uploads without checksums', async () => {
    const { server, client } = await s3ForTest()
    const plain = new S3Client({ ...optionsOf(server.url), requestChecksumCalculation: 'WHEN_REQUIRED' })
    const url = await getSignedUrl(plain, new PutObjectCommand({ Bucket: BUCKET, Key: 'a' }))
    plain.destroy()
    expect((await fetch(url, { method: 'PUT', body: RECORD })).status).toBe(200)
    expect(await read(client, 'a')).toBe(RECORD)
  })

  it('carries metadata in its query, and demands the headers that it covers', async () => {
    const { client } = await s3ForTest()
    const command = new PutObjectCommand({
      Bucket: BUCKET,
      Key: 'a',
      Metadata: { 'On-Error': 'max-errors=3', name: 'Jürgen & Søn' },
      ContentType: 'application/x-ndjson',
      IfNoneMatch: '*',
      ACL: 'private',
      StorageClass: 'STANDARD',
    })
    const url = await getSignedUrl(client, command, { signableHeaders: new Set(['content-type']) })
    const without = await fetch(url, { method: 'PUT', body: RECORD })
    expect(without.status).toBe(403)
    expect(await without.text()).toMatch(/SignatureDoesNotMatch.*content-type|if-none-match/)
    const headers = { 'content-type': 'application/x-ndjson', 'if-none-match': '*' }
    expect((await fetch(url, { method: 'PUT', body: RECORD, headers })).status).toBe(200)
    expect(await head(client, 'a')).toMatchObject({
      Metadata: { 'on-error': 'max-errors=3', name: 'Jürgen & Søn' },
      ContentType: 'application/x-ndjson',
    })
    expect((await fetch(url, { method: 'PUT', body: RECORD, headers })).status).toBe(412)
  })

  it('verifies a checksum that it covers as a header', async () => {
    const { client } = await s3ForTest()
    const ChecksumCRC32 = 'poTHxg==' // of 0123456789
    const command = new PutObjectCommand({ Bucket: BUCKET, Key: 'a', ChecksumCRC32 })
    const url = await getSignedUrl(client, command, {
      unhoistableHeaders: new Set(['x-amz-checksum-crc32']),
    })
    const headers = { 'x-amz-checksum-crc32': ChecksumCRC32 }
    const wrong = await fetch(url, { method: 'PUT', body: RECORD, headers })
    expect([wrong.status, await wrong.text()]).toEqual([400, expect.stringContaining('BadDigest')])
    expect((await fetch(url, { method: 'PUT', body: '0123456789', headers })).status).toBe(200)
  })

  it('refuses a header of S3 that it does not cover', async () => {
    const { client } = await s3ForTest()
    const url = await getSignedUrl(client, new PutObjectCommand({ Bucket: BUCKET, Key: 'a' }))
    const headers = { 'x-amz-meta-on-error': 'abort' }
    const answer = await fetch(url, { method: 'PUT', body: RECORD, headers })
    expect([answer.status, await answer.text()]).toEqual([
      403,
      expect.stringContaining('<HeadersNotSigned>x-amz-meta-on-error</HeadersNotSigned>'),
    ])
    expect(await keys(client)).toEqual([])
  })

  it('downloads, with the headers that it asks for', async () => {
    const { client } = await s3ForTest()
    await put(client, 'a', RECORD)
    const command = new GetObjectCommand({
      Bucket: BUCKET,
      Key: 'a',
      ResponseContentType: 'text/x',
      ResponseContentDisposition: 'attachment; filename="a b.ndjson"',
      ResponseContentLanguage: 'de',
      ResponseContentEncoding: 'identity',
      ResponseCacheControl: 'no-store',
      ResponseExpires: new Date(0),
      ChecksumMode: 'ENABLED',
    })
    const answer = await fetch(await getSignedUrl(client, command))
    expect(await answer.text()).toBe(RECORD)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'text/x',
      'content-disposition': 'attachment; filename="a b.ndjson"',
      'content-language': 'de',
      'content-encoding': 'identity',
      'cache-control': 'no-store',
      expires: 'Thu, 01 Jan 1970 00:00:00 GMT',
      'x-amz-checksum-crc32': expect.any(String),
    })
    expect((await head(client, 'a')).ContentType).toBe('application/octet-stream')
  })

  it('downloads a range under a condition', async () => {
    const { client } = await s3ForTest()
    const { ETag = '' } = await put(client, 'a', '0123456789')
    const command = new GetObjectCommand({ Bucket: BUCKET, Key: 'a', Range: 'bytes=2-4', IfMatch: ETag })
    const url = await getSignedUrl(client, command)
    const answer = await fetch(url, { headers: { range: 'bytes=2-4', 'if-match': ETag } })
    expect([answer.status, await answer.text()]).toEqual([206, '234'])
  })

  it('does all other operations', async () => {
    const { client } = await s3ForTest()
    const call = async (method: string, url: Promise<string>, body: string | null = null) =>
      fetch(await url, { method, body })
    const target = { Bucket: BUCKET, Key: 'parts' }

    const created = await call('POST', getSignedUrl(client, new CreateMultipartUploadCommand(target)))
    const UploadId = /<UploadId>(.*)<\/UploadId>/.exec(await created.text())?.[1] ?? ''
    const upload = { ...target, UploadId }
    const partUrl = getSignedUrl(client, new UploadPartCommand({ ...upload, PartNumber: 1 }))
    const part = await call('PUT', partUrl, RECORD)
    const listed = `<Part><PartNumber>1</PartNumber><ETag>${part.headers.get('etag')}</ETag></Part>`
    const xml = `<CompleteMultipartUpload>${listed}</CompleteMultipartUpload>`
    const completed = await call(
      'POST',
      getSignedUrl(client, new CompleteMultipartUploadCommand(upload)),
      xml,
    )
    expect([created.status, part.status, completed.status]).toEqual([200, 200, 200])
    expect(await read(client, 'parts')).toBe(RECORD)
    const aborted = await call('DELETE', getSignedUrl(client, new AbortMultipartUploadCommand(upload)))
    expect(aborted.status).toBe(404)

    const listing = { Bucket: BUCKET, Prefix: 'pa' }
    const list = await call('GET', getSignedUrl(client, new ListObjectsV2Command(listing)))
    expect(await list.text()).toContain('<Key>parts</Key>')
    const answer = await call('HEAD', getSignedUrl(client, new HeadObjectCommand(target)))
    expect(answer.headers.get('content-length')).toBe(String(RECORD.length))
    const deleted = await call('DELETE', getSignedUrl(client, new DeleteObjectCommand(target)))
    expect(deleted.status).toBe(204)
    expect(await keys(client)).toEqual([])
  })

  it('answers 403 when its time is over, and before it has begun', async () => {
    const { client } = await s3ForTest()
    await put(client, 'a', RECORD)
    const urlOf = (seconds: number, expiresIn: number) =>
      getSignedUrl(client, new GetObjectCommand({ Bucket: BUCKET, Key: 'a' }), {
        signingDate: new Date(Date.now() + seconds * 1000),
        expiresIn,
      })
    const late = await fetch(await urlOf(-62, 60))
    expect(late.status).toBe(403)
    expect(await late.text()).toMatch(
      /<Code>AccessDenied<\/Code><Message>Request has expired<\/Message><X-Amz-Expires>60<\/X-Amz-Expires><Expires>\d{4}-.*Z<\/Expires><ServerTime>\d{4}-.*Z<\/ServerTime>/,
    )
    expect((await fetch(await urlOf(-50, 60))).status).toBe(200)
    expect((await fetch(await urlOf(14 * 60, 60))).status).toBe(200)
    const early = await fetch(await urlOf(16 * 60, 60))
    expect([early.status, await early.text()]).toEqual([403, expect.stringContaining('not valid yet')])
  })
})

it('a URL that aws4fetch has presigned uploads and downloads', async () => {
  const { server } = await s3ForTest()
  const { credentials, region } = optionsOf(server.url)
  const signer = new AwsClient({ ...credentials, region, service: 's3', sessionToken: 'a token/+=' })
  const url = `${server.url}/${BUCKET}/imports/a%20b.ndjson`
  const sign = async (method: string) => (await signer.sign(url, { method, aws: { signQuery: true } })).url
  expect((await fetch(await sign('PUT'), { method: 'PUT', body: RECORD })).status).toBe(200)
  expect(await (await fetch(await sign('GET'))).text()).toBe(RECORD)
})

function optionsOf(endpoint: string) {
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' }
  return { endpoint, region: 'us-east-1', forcePathStyle: true, credentials }
}
