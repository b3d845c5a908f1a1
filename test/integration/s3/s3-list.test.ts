import {
  ListObjectsCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { BUCKET, put, rawRequest, s3ForTest } from '../../support/s3.ts'

const KEYS = ['b', 'imports/1.csv', 'imports/2.csv', 'imports/old/3.csv', 'reports/1.json', 'a']

describe('a listing', () => {
  it('has every object with its size, ETag and date, in the order of the keys', async () => {
    const client = await bucketOf(KEYS)
    const { Contents, KeyCount, IsTruncated } = await list(client, {})
    expect(Contents?.map((object) => object.Key)).toEqual([...KEYS].sort())
    expect({ KeyCount, IsTruncated }).toEqual({ KeyCount: 6, IsTruncated: false })
    expect(Contents?.[0]).toEqual({
      Key: 'a',
      Size: 1,
      ETag: '"0cc175b9c0f1b6a831c399e269772661"',
      LastModified: expect.any(Date),
      StorageClass: 'STANDARD',
    })
  })

  it('orders keys by their UTF-8 bytes', async () => {
    const client = await bucketOf(['\u{1F600}', '！', 'ü', 'z', 'Z'])
    const { Contents } = await list(client, {})
    expect(Contents?.map((object) => object.Key)).toEqual(['Z', 'z', 'ü', '！', '\u{1F600}'])
  })

  it('groups keys by a delimiter below a prefix', async () => {
    const client = await bucketOf(KEYS)
    const { Contents, CommonPrefixes, KeyCount } = await list(client, { Prefix: 'imports/', Delimiter: '/' })
    expect(Contents?.map((object) => object.Key)).toEqual(['imports/1.csv', 'imports/2.csv'])
    expect(CommonPrefixes).toEqual([{ Prefix: 'imports/old/' }])
    expect(KeyCount).toBe(3)
  })

  it('can begin after a key', async () => {
    const client = await bucketOf(KEYS)
    const { Contents } = await list(client, { StartAfter: 'imports/2.csv' })
    expect(Contents?.map((object) => object.Key)).toEqual(['imports/old/3.csv', 'reports/1.json'])
  })

  it('comes in pages, each object and each group once', async () => {
    const client = await bucketOf(KEYS)
    const seen: (string | undefined)[] = []
    for await (const page of paginateListObjectsV2(
      { client, pageSize: 1 },
      { Bucket: BUCKET, Delimiter: '/' },
    )) {
      for (const { Key } of page.Contents ?? []) seen.push(Key)
      for (const { Prefix } of page.CommonPrefixes ?? []) seen.push(Prefix)
    }
    expect(seen).toEqual(['a', 'b', 'imports/', 'reports/'])
  })

  it('of the first version comes in pages too', async () => {
    const client = await bucketOf(KEYS)
    const page = (Marker?: string) =>
      client.send(new ListObjectsCommand({ Bucket: BUCKET, Delimiter: '/', MaxKeys: 3, Marker }))
    const first = await page()
    expect(first).toMatchObject({
      IsTruncated: true,
      NextMarker: 'imports/',
      CommonPrefixes: [{ Prefix: 'imports/' }],
    })
    const second = await page(first.NextMarker)
    expect(second).toMatchObject({ IsTruncated: false, CommonPrefixes: [{ Prefix: 'reports/' }] })
    expect(second.Contents).toBeUndefined()
  })

  it('writes keys as asked for with encoding-type=url', async () => {
    const client = await bucketOf(['a b+ü(1)/c'])
    const listed = await list(client, { EncodingType: 'url', Prefix: 'a b', Delimiter: '+' })
    expect(listed).toMatchObject({ EncodingType: 'url', Prefix: 'a+b', Delimiter: '%2B' })
    expect(listed.CommonPrefixes).toEqual([{ Prefix: 'a+b%2B' }])
    const { Contents } = await list(client, { EncodingType: 'url' })
    expect(Contents?.[0]?.Key).toBe('a+b%2B%C3%BC%281%29/c')
  })

  it.each(['max-keys=many', 'max-keys=-1', 'encoding-type=base64', 'continuation-token=***'])(
    'refuses %s',
    async (parameter) => {
      const { server } = await s3ForTest()
      const answer = await rawRequest(server, 'GET', `/${BUCKET}?list-type=2&${parameter}`)
      expect(answer).toMatchObject({ status: 400, body: expect.stringContaining('InvalidArgument') })
    },
  )
})

async function bucketOf(names: string[]): Promise<S3Client> {
  const { client } = await s3ForTest()
  for (const name of names) await put(client, name, name.slice(0, 1))
  return client
}

function list(client: S3Client, more: Partial<ListObjectsV2CommandInput>) {
  return client.send(new ListObjectsV2Command({ Bucket: BUCKET, ...more }))
}
