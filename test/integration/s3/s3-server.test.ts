import { once } from 'node:events'
import { readdir, rm, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { createServer, type LookupFunction } from 'node:net'
import { join } from 'node:path'
import {
  CreateBucketCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
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

describe('the server', () => {
  it('keeps its objects over a restart', async () => {
    const { server, client, dataDir } = await s3ForTest()
    for (const key of ['b', '\u{1F600}', 'a', '！']) await put(client, key, key, { Metadata: { a: 'b' } })
    const before = await head(client, 'a')
    await server.close()
    const again = await startS3({ dataDir })
    onTestFinished(() => again.close())
    const later = clientOf(again)
    expect(await keys(later)).toEqual(['a', 'b', '！', '\u{1F600}'])
    expect(await read(later, 'a')).toBe('a')
    const { $metadata: _, ...after } = await head(later, 'a')
    expect(before).toMatchObject(after)
  })

  it('goes on with its sequencers after a restart, even if the clock was put back', async () => {
    onTestFinished(() => void vi.useRealTimers())
    const { server, client, dataDir, events } = await s3ForTest()
    await put(client, 'a', 'samuel')
    await server.close()
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3_600_000 })
    const again = await startS3({ dataDir, onEvent: (event) => void events.push(event) })
    onTestFinished(() => again.close())
    await put(clientOf(again), 'a', 'david')
    const [first = '', second = ''] = events.map((event) => event.Records[0]?.s3.object.sequencer)
    expect(second > first && second.length === first.length).toBe(true)
  })

  it('takes the port it is given, and no other when that is taken', async () => {
    const { dataDir } = await s3ForTest()
    const taken = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void taken.close())
    await new Promise((resolve) => taken.once('listening', resolve))
    const address = taken.address()
    const port = typeof address === 'object' && address ? address.port : 0
    await expect(startS3({ dataDir, port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await new Promise((resolve) => taken.close(resolve))
    const server = await startS3({ dataDir, port })
    onTestFinished(() => server.close())
    expect(server).toMatchObject({ port, url: `http://127.0.0.1:${port}` })
  })

  it('ends at once, whatever its connections are about, and has then nothing left to do', async () => {
    const { server, client, dataDir } = await s3ForTest()
    await put(client, 'large', Buffer.alloc(20_000_000))
    const unread = request(`${server.url}/${BUCKET}/large`).end()
    expect(await contentFiles(dataDir)).toHaveLength(1)
    const half = request(`${server.url}/${BUCKET}/half`, { method: 'PUT', headers: { 'content-length': 10 } })
    half.write('half')
    for (const open of [unread, half]) open.on('error', () => {})
    await once(unread, 'response')
    await expect.poll(() => contentFiles(dataDir)).toHaveLength(2)
    const before = performance.now()
    await server.close()
    expect(performance.now() - before).toBeLessThan(1000)
    expect(await contentFiles(dataDir)).toHaveLength(1)
  })

  it('answers what it did not expect with 500, and prints one line', async () => {
    const printed = vi.spyOn(console, 'error').mockImplementation(() => {})
    onTestFinished(() => printed.mockRestore())
    const { server, client, dataDir } = await s3ForTest()
    await put(client, 'a', 'samuel')
    await rm(join(dataDir, BUCKET, 'content'), { recursive: true })
    const answer = await rawRequest(server, 'GET', `/${BUCKET}/a`)
    expect(answer).toMatchObject({ status: 500, body: expect.stringContaining('<Code>InternalError</Code>') })
    expect(printed.mock.calls).toEqual([
      [expect.stringMatching(/^S3: GET \/lookalike\/a failed: Error: ENOENT/)],
    ])
  })

  it('does not start on a folder that it cannot read', async () => {
    const { server, client, dataDir } = await s3ForTest()
    await put(client, 'a', 'samuel')
    await server.close()
    const [record = ''] = await readdir(join(dataDir, BUCKET, 'objects'))
    await writeFile(join(dataDir, BUCKET, 'objects', record), '{"key":"a"')
    await expect(startS3({ dataDir })).rejects.toThrow(
      `Expected the record of an object in ${join(dataDir, BUCKET)}`,
    )
  })

  it('says what is wrong in XML, with the path and the id of the request', async () => {
    const { server } = await s3ForTest()
    const answer = await rawRequest(server, 'GET', `/${BUCKET}/a%20b?x-id=GetObject`)
    expect(answer.headers['content-type']).toBe('application/xml')
    expect(answer.body).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><Error><Code>NoSuchKey</Code>' +
        '<Message>The bucket &#34;lookalike&#34; has no object &#34;a b&#34;.</Message>' +
        `<Resource>/lookalike/a%20b</Resource><RequestId>${answer.headers['x-amz-request-id']}</RequestId></Error>`,
    )
  })
})

describe('a bucket', () => {
  it('is created, listed and found', async () => {
    const { client } = await s3ForTest()
    await client.send(new CreateBucketCommand({ Bucket: 'another' }))
    const { Buckets = [] } = await client.send(new ListBucketsCommand())
    expect(Buckets.map((bucket) => bucket.Name)).toEqual(['another', BUCKET])
    expect(Date.now() - Number(Buckets[0]?.CreationDate)).toBeLessThan(60_000)
    const found = await client.send(new HeadBucketCommand({ Bucket: BUCKET }))
    expect(found.BucketRegion).toBe('us-east-1')
    const location = await client.send(new GetBucketLocationCommand({ Bucket: BUCKET }))
    expect(location.LocationConstraint).toBeUndefined()
  })

  it('may be created twice', async () => {
    const { client } = await s3ForTest()
    await put(client, 'a', 'samuel')
    await client.send(new CreateBucketCommand({ Bucket: BUCKET }))
    expect(await read(client, 'a')).toBe('samuel')
  })

  it.each(['/Not_A_Bucket', '/ab', '/..', '/a..b'])('cannot have the name of %s', async (path) => {
    const { server } = await s3ForTest()
    const answer = await rawRequest(server, 'PUT', path)
    expect(answer).toMatchObject({ status: 400, body: expect.stringContaining('InvalidBucketName') })
  })

  it('that does not exist is NoSuchBucket', async () => {
    const { client } = await s3ForTest()
    const missing = { Bucket: 'missing' }
    await expect(client.send(new HeadBucketCommand(missing))).rejects.toThrow(named('NotFound'))
    await expect(client.send(new ListObjectsV2Command(missing))).rejects.toThrow(named('NoSuchBucket'))
    await expect(put(client, 'a', 'samuel', missing)).rejects.toThrow(named('NoSuchBucket'))
  })

  it.each([`${BUCKET}.localhost:4569`, `${BUCKET}.localhost`, 'LookAlike.LocalHost.:80'])(
    'can be addressed by the host name %s',
    async (host) => {
      const { server, client } = await s3ForTest()
      await put(client, 'a/b', 'samuel')
      const answer = await rawRequest(server, 'GET', '/a/b', { headers: { host } })
      expect(answer.body).toBe('samuel')
    },
  )

  it('can be addressed by host name with the SDK, which needs no forcePathStyle then', async () => {
    const { server } = await s3ForTest()
    // Not every machine resolves names below localhost; browsers do.
    const lookup: LookupFunction = (_name, { all }, done) =>
      all === true ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4)
    const client = new S3Client({
      endpoint: `http://localhost:${server.port}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      requestHandler: { httpAgent: new Agent({ lookup }) },
    })
    onTestFinished(() => client.destroy())
    await put(client, 'imports/a b+ü', 'samuel')
    expect(await read(client, 'imports/a b+ü')).toBe('samuel')
    expect(await keys(client)).toEqual(['imports/a b+ü'])
    const url = await getSignedUrl(client, new GetObjectCommand({ Bucket: BUCKET, Key: 'imports/a b+ü' }))
    const { host, pathname, search } = new URL(url)
    expect(host).toBe(`${BUCKET}.localhost:${server.port}`)
    const answer = await rawRequest(server, 'GET', pathname + search, { headers: { host } })
    expect(answer.body).toBe('samuel')
  })
})

describe('what is not implemented', () => {
  it.each([
    ['GET', `/${BUCKET}?acl`],
    ['GET', `/${BUCKET}?versioning`],
    ['PUT', `/${BUCKET}?notification`],
    ['DELETE', `/${BUCKET}`],
    ['GET', `/${BUCKET}/a?acl`],
    ['GET', `/${BUCKET}/a?versionId=1`],
    ['PUT', `/${BUCKET}/a?tagging`],
    ['PUT', `/${BUCKET}/a?partNumber=1`],
    ['DELETE', `/${BUCKET}/a?versionId=1`],
    ['PATCH', `/${BUCKET}/a`],
    ['POST', '/'],
  ])('%s %s is answered 501 and changes nothing', async (method, path) => {
    const { client, server, events } = await s3ForTest()
    await put(client, 'a', 'samuel')
    const answer = await rawRequest(server, method, path, { body: 'david' })
    expect(answer).toMatchObject({
      status: 501,
      body: expect.stringContaining('<Code>NotImplemented</Code>'),
    })
    expect(await read(client, 'a')).toBe('samuel')
    expect(events).toHaveLength(1)
  })

  it.each(['x-amz-tagging', 'x-amz-object-lock-mode', 'x-amz-checksum-sha512'])(
    'nor is the header %s: the object is not stored without what it asks for',
    async (name) => {
      const { client, server } = await s3ForTest()
      const answer = await rawRequest(server, 'PUT', `/${BUCKET}/a`, {
        headers: { [name]: 'x' },
        body: 'david',
      })
      expect(answer).toMatchObject({ status: 501, body: expect.stringContaining('NotImplemented') })
      expect(await keys(client)).toEqual([])
    },
  )
})

/** An error of the SDK with that name, whatever its message. */
function named(name: string) {
  return expect.objectContaining({ name })
}
