import { GetObjectCommand } from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { BUCKET, contentFiles, head, put, rawRequest, read, s3ForTest } from '../../support/s3.ts'

describe('a condition', () => {
  it('If-Match on a read holds for the version it names, and for no other', async () => {
    const { client } = await s3ForTest()
    const { ETag } = await put(client, 'a', 'samuel')
    const read = { Bucket: BUCKET, Key: 'a', Range: 'bytes=1-2', IfMatch: ETag }
    const got = await client.send(new GetObjectCommand(read))
    expect(await got.Body?.transformToString()).toBe('am')
    await put(client, 'a', 'david')
    const error = await client.send(new GetObjectCommand(read)).catch((error) => error)
    expect(error).toMatchObject({ name: 'PreconditionFailed', $metadata: { httpStatusCode: 412 } })
  })

  it('If-None-Match on a read answers 304 while nothing has changed', async () => {
    const { client, server } = await s3ForTest()
    const { ETag = '' } = await put(client, 'a', 'samuel')
    const conditional = () =>
      rawRequest(server, 'GET', `/${BUCKET}/a`, { headers: { 'if-none-match': ETag } })
    expect(await conditional()).toMatchObject({ status: 304, body: '', headers: { etag: ETag } })
    await put(client, 'a', 'david')
    expect(await conditional()).toMatchObject({ status: 200, body: 'david' })
  })

  it('on the date of a read is evaluated', async () => {
    const { client } = await s3ForTest()
    await put(client, 'a', 'samuel')
    const [past, future] = [new Date(Date.now() - 3_600_000), new Date(Date.now() + 3_600_000)]
    const get = (condition: object) =>
      client.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'a', ...condition }))
    await expect(get({ IfUnmodifiedSince: past })).rejects.toThrow(named('PreconditionFailed'))
    await expect(get({ IfModifiedSince: future })).rejects.toMatchObject({
      $metadata: { httpStatusCode: 304 },
    })
    expect((await get({ IfUnmodifiedSince: future, IfModifiedSince: past })).ContentLength).toBe(6)
  })

  it('If-None-Match: * lets exactly one of many writers create an object', async () => {
    const { client } = await s3ForTest()
    const writers = Array.from({ length: 8 }, (_, index) =>
      put(client, 'a', `${index}`, { IfNoneMatch: '*' }),
    )
    const outcomes = await Promise.allSettled(writers)
    const winner = outcomes.findIndex(({ status }) => status === 'fulfilled')
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(
      outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.name] : [])),
    ).toEqual(Array(7).fill('PreconditionFailed'))
    expect(await read(client, 'a')).toBe(String(winner))
  })

  it('If-Match on a write replaces only the version it names', async () => {
    const { client, dataDir } = await s3ForTest()
    const first = await put(client, 'a', 'samuel')
    const second = await put(client, 'a', 'david', { IfMatch: first.ETag })
    await expect(put(client, 'a', 'pieter', { IfMatch: first.ETag })).rejects.toThrow(
      named('PreconditionFailed'),
    )
    await expect(put(client, 'b', 'pieter', { IfMatch: first.ETag })).rejects.toThrow(named('NoSuchKey'))
    await expect(put(client, 'a', 'pieter', { IfNoneMatch: first.ETag })).rejects.toThrow(
      named('NotImplemented'),
    )
    expect(await head(client, 'a')).toMatchObject({ ETag: second.ETag })
    expect(await contentFiles(dataDir)).toHaveLength(1)
  })
})

/** An error of the SDK with that name, whatever its message. */
function named(name: string) {
  return expect.objectContaining({ name })
}
