import { createHash } from 'node:crypto'
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { BUCKET, head, keys, put, rawRequest, read, s3ForTest } from '../../support/s3.ts'

describe('an object', () => {
  it('comes back with its bytes, ETag, type, encoding and metadata', async () => {
    const { client } = await s3ForTest()
    const sent = {
      ContentType: 'application/x-ndjson',
      ContentEncoding: 'gzip',
      CacheControl: 'no-store',
      Metadata: { 'on-error': 'abort', 'dry-run': 'true' },
    }
    const etag = `"${createHash('md5').update('samuel').digest('hex')}"`
    expect((await put(client, 'users.ndjson', 'samuel', sent)).ETag).toBe(etag)
    const got = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'users.ndjson' }))
    expect(await got.Body?.transformToString()).toBe('samuel')
    const expected = { ...sent, ETag: etag, ContentLength: 6, AcceptRanges: 'bytes' }
    expect(got).toMatchObject(expected)
    expect(await head(client, 'users.ndjson')).toMatchObject(expected)
    expect(Date.now() - Number(got.LastModified)).toBeLessThan(60_000)
  })

  it('may be empty', async () => {
    const { client } = await s3ForTest()
    await put(client, 'empty', '')
    expect(await read(client, 'empty')).toBe('')
    await expect(read(client, 'empty', 'bytes=0-')).rejects.toThrow(named('InvalidRange'))
  })

  it('that does not exist is NoSuchKey', async () => {
    const { client } = await s3ForTest()
    await expect(read(client, 'missing')).rejects.toThrow(named('NoSuchKey'))
    await expect(head(client, 'missing')).rejects.toThrow(named('NotFound'))
  })

  it.each([
    'imports/a b+ü(1).ndjson',
    '../../etc/passwd',
    'a//b/./c/',
    '&<>"\'%25?x=1#y;:@',
    'line\r\nend\ttab\u0001',
    '日本語/😀',
    ' leading and trailing ',
    'k'.repeat(1024),
  ])('may have the key %j', async (key) => {
    const { client } = await s3ForTest()
    await put(client, key, key)
    await put(client, 'neighbour', 'stays')
    expect(await read(client, key)).toBe(key)
    const { Contents = [] } = await client.send(
      new ListObjectsV2Command({ Bucket: BUCKET, EncodingType: 'url' }),
    )
    expect(Contents.map((object) => formDecode(object.Key)).sort()).toEqual([key, 'neighbour'].sort())
    await client.send(new DeleteObjectsCommand({ Bucket: BUCKET, Delete: { Objects: [{ Key: key }] } }))
    expect(await keys(client)).toEqual(['neighbour'])
  })

  it('cannot have a key of more than 1024 bytes, or one that is not UTF-8', async () => {
    const { client, server } = await s3ForTest()
    await expect(put(client, 'ü'.repeat(513), 'samuel')).rejects.toThrow(named('KeyTooLongError'))
    const answer = await rawRequest(server, 'PUT', `/${BUCKET}/%FF`)
    expect(answer).toMatchObject({ status: 400, body: expect.stringContaining('InvalidURI') })
  })

  it('is still read as it was when it is replaced, or deleted, in the meantime', async () => {
    const { client } = await s3ForTest()
    const old = Buffer.alloc(8_000_000, 'old ')
    await put(client, 'a', old)
    const first = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'a' }))
    await put(client, 'a', 'new')
    const second = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'a' }))
    await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: 'a' }))
    expect(old.equals(await bytesOf(first.Body))).toBe(true)
    expect(await second.Body?.transformToString()).toBe('new')
  })

  it('is one whole version however many write it at once', async () => {
    const { client, events } = await s3ForTest()
    const versions = Array.from({ length: 20 }, (_, index) =>
      Buffer.alloc(100_000 + index, String(index % 10)),
    )
    await Promise.all(
      versions.map((version) => put(client, 'a', version, { Metadata: { size: String(version.length) } })),
    )
    const got = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'a' }))
    const body = await bytesOf(got.Body)
    expect(got.ETag).toBe(`"${createHash('md5').update(body).digest('hex')}"`)
    expect(got.Metadata?.size).toBe(String(body.length))
    expect(events.at(-1)?.Records[0]?.s3.object).toMatchObject({ size: body.length })
  })
})

describe('a range', () => {
  it.each([
    ['bytes=2-4', 'cde', 'bytes 2-4/10'],
    ['bytes=7-', 'hij', 'bytes 7-9/10'],
    ['bytes=-2', 'ij', 'bytes 8-9/10'],
    ['bytes=8-99', 'ij', 'bytes 8-9/10'],
    ['bytes=-99', 'abcdefghij', 'bytes 0-9/10'],
  ])('%s of ten bytes is %s', async (range, expected, contentRange) => {
    const { client } = await s3ForTest()
    await put(client, 'a', 'abcdefghij')
    const got = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'a', Range: range }))
    expect(await got.Body?.transformToString()).toBe(expected)
    expect(got).toMatchObject({ ContentRange: contentRange, ContentLength: expected.length })
    expect(got.$metadata.httpStatusCode).toBe(206)
    expect(got.ChecksumCRC32).toBeUndefined()
  })

  it('behind the end is InvalidRange', async () => {
    const { client } = await s3ForTest()
    await put(client, 'a', 'abcdefghij')
    const error = await read(client, 'a', 'bytes=10-').catch((error) => error)
    expect(error).toMatchObject({ name: 'InvalidRange', $metadata: { httpStatusCode: 416 } })
  })
})

describe('deleting', () => {
  it('removes an object, and is no error without one', async () => {
    const { client } = await s3ForTest()
    await put(client, 'a', 'samuel')
    await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: 'a' }))
    await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: 'a' }))
    const listed = await client.send(new ListObjectsV2Command({ Bucket: BUCKET }))
    expect(listed).toMatchObject({ KeyCount: 0, IsTruncated: false })
  })

  it('removes many objects, and names them unless it is to be quiet', async () => {
    const { client } = await s3ForTest()
    for (const key of ['a', 'b', 'c']) await put(client, key, key)
    const deleteAll = (names: string[], Quiet?: boolean) =>
      client.send(
        new DeleteObjectsCommand({
          Bucket: BUCKET,
          Delete: { Objects: names.map((Key) => ({ Key })), Quiet },
        }),
      )
    expect((await deleteAll(['a', 'missing'])).Deleted).toEqual([{ Key: 'a' }, { Key: 'missing' }])
    expect((await deleteAll(['b'], true)).Deleted ?? []).toEqual([])
    expect(await keys(client)).toEqual(['c'])
  })

  it('refuses XML that is broken, or asks for more than keys', async () => {
    const { client, server } = await s3ForTest()
    await put(client, 'ab', 'stays')
    const post = (body: string) => rawRequest(server, 'POST', `/${BUCKET}?delete`, { body })
    expect(await post('<Delete><Object><Key>ab')).toMatchObject({ status: 400 })
    expect(await post('<Delete><Object/></Delete>')).toMatchObject({ status: 400 })
    expect(await post('<Delete><Object><Key>a&#1;b</Key></Object></Delete>')).toMatchObject({ status: 400 })
    const version = '<Delete><Object><Key>ab</Key><VersionId>1</VersionId></Object></Delete>'
    expect(await post(version)).toMatchObject({ status: 501 })
    expect(await keys(client)).toEqual(['ab'])
  })
})

describe('copying', () => {
  const copy = { Bucket: BUCKET, Key: 'to', CopySource: `${BUCKET}/${encodeURIComponent('from ü+')}` }

  it('takes bytes and metadata along', async () => {
    const { client } = await s3ForTest()
    const { ETag } = await put(client, 'from ü+', 'samuel', { ContentType: 'text/x', Metadata: { a: 'b' } })
    const { CopyObjectResult } = await client.send(new CopyObjectCommand(copy))
    expect(CopyObjectResult?.ETag).toBe(ETag)
    expect(await read(client, 'to')).toBe('samuel')
    expect(await head(client, 'to')).toMatchObject({ ContentType: 'text/x', Metadata: { a: 'b' } })
  })

  it('replaces the metadata when asked to, even of the object itself', async () => {
    const { client } = await s3ForTest()
    await put(client, 'from ü+', 'samuel', { Metadata: { a: 'b' } })
    const replace = { ...copy, Key: 'from ü+', MetadataDirective: 'REPLACE', Metadata: { c: 'd' } } as const
    await client.send(new CopyObjectCommand(replace))
    expect(await head(client, 'from ü+')).toMatchObject({ Metadata: { c: 'd' }, ContentLength: 6 })
    const onto = client.send(new CopyObjectCommand({ ...copy, Key: 'from ü+' }))
    await expect(onto).rejects.toThrow(named('InvalidRequest'))
  })

  it('needs a source that exists and is the one meant', async () => {
    const { client } = await s3ForTest()
    await expect(client.send(new CopyObjectCommand(copy))).rejects.toThrow(named('NoSuchKey'))
    await put(client, 'from ü+', 'samuel')
    const other = { ...copy, CopySourceIfMatch: '"0"' }
    await expect(client.send(new CopyObjectCommand(other))).rejects.toThrow(named('PreconditionFailed'))
    expect(await keys(client)).toEqual(['from ü+'])
  })
})

/** An error of the SDK with that name, whatever its message. */
function named(name: string) {
  return expect.objectContaining({ name })
}

/** As a consumer of an event, or of a listing with encoding-type=url, has to. */
function formDecode(text = ''): string {
  return decodeURIComponent(text.replaceAll('+', ' '))
}

async function bytesOf(body: { transformToByteArray(): Promise<Uint8Array> } | undefined): Promise<Buffer> {
  return Buffer.from((await body?.transformToByteArray()) ?? [])
}
