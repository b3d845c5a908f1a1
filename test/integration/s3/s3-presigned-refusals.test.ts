import { describe, expect, it } from 'vitest'
import { BUCKET, keys, put, rawRequest, s3ForTest } from '../../support/s3.ts'

const RECORD = '{"id":"v3","labels":"road","vector_embedding":[1,2,3]}\n'

describe('a presigned URL', () => {
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
  const query = {
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': 'a/20260101/us-east-1/s3/aws4_request',
    'X-Amz-Date': date,
    'X-Amz-Expires': '60',
    'X-Amz-SignedHeaders': 'host',
    'X-Amz-Signature': 'f'.repeat(64),
  }
  const pathOf = (parameters: Record<string, string>) => `/${BUCKET}/a?${new URLSearchParams(parameters)}`

  it.each(Object.keys(query))('is refused without %s', async (name) => {
    const { server } = await s3ForTest()
    const { [name]: _, ...rest } = query as Record<string, string>
    const answer = await rawRequest(server, 'PUT', pathOf(rest), { body: RECORD })
    expect(answer).toMatchObject({
      status: 400,
      body: expect.stringMatching(`<Code>AuthorizationQueryParametersError</Code>.*lacks ${name}`),
    })
  })

  it.each([
    ['X-Amz-Algorithm', 'AWS4-HMAC-SHA1'],
    ['X-Amz-Credential', 'a'],
    ['X-Amz-Date', '2026-01-01'],
    ['X-Amz-Date', '20261340T000000Z'],
    ['X-Amz-Expires', '-1'],
    ['X-Amz-Expires', '604801'],
    ['X-Amz-Expires', '6e1'],
    ['X-Amz-Expires', ''],
  ])('is refused with %s=%s', async (name, value) => {
    const { server } = await s3ForTest()
    const answer = await rawRequest(server, 'PUT', pathOf({ ...query, [name]: value }), { body: RECORD })
    expect(answer).toMatchObject({
      status: 400,
      body: expect.stringMatching(`<Code>AuthorizationQueryParametersError</Code>.*${name}`),
    })
  })

  it.each([
    ['x-amz-tagging', 'a=b', 501, 'NotImplemented'],
    ['versionId', '1', 501, 'NotImplemented'],
    ['x-amz-meta-a', 'a\r\nset-cookie: b', 400, 'InvalidArgument'],
    ['x-amz-meta-a', '\u{1F600}', 400, 'InvalidArgument'],
    ['x-amz-meta-a b', 'c', 400, 'InvalidArgument'],
    ['x-amz-meta-a', 'x'.repeat(2048), 400, 'MetadataTooLarge'],
  ])('is refused with %s=%j', async (name, value, status, code) => {
    const { server, client } = await s3ForTest()
    const answer = await rawRequest(server, 'PUT', pathOf({ ...query, [name]: value }), { body: RECORD })
    expect(answer).toMatchObject({ status, body: expect.stringContaining(`<Code>${code}</Code>`) })
    expect(await keys(client)).toEqual([])
  })

  it('of version 2 is refused after its time, and with another type than it was signed for', async () => {
    const { server } = await s3ForTest()
    const version2 = {
      AWSAccessKeyId: 'a',
      Signature: 'c2ln',
      Expires: String(Math.ceil(Date.now() / 1000) + 60),
    }
    const send = (more: Record<string, string>, headers: Record<string, string> = {}) =>
      rawRequest(server, 'PUT', pathOf({ ...version2, ...more }), { body: RECORD, headers })
    expect(await send({})).toMatchObject({ status: 200 })
    expect(await send({ Expires: '1' })).toMatchObject({
      status: 403,
      body: expect.stringContaining('<Message>Request has expired</Message><Expires>1970'),
    })
    expect(await send({ Expires: 'x' })).toMatchObject({ status: 403 })
    const other = await send({ 'content-type': 'text/x' }, { 'content-type': 'text/y' })
    expect(other).toMatchObject({ status: 403, body: expect.stringContaining('SignatureDoesNotMatch') })
    expect(await send({ 'content-type': 'text/x', 'x-amz-meta-a': 'b' })).toMatchObject({ status: 200 })
    const got = await rawRequest(server, 'GET', `/${BUCKET}/a`)
    expect(got.headers).toMatchObject({ 'content-type': 'text/x', 'x-amz-meta-a': 'b' })
  })

  it('cannot put a line break into an answer', async () => {
    const { server, client } = await s3ForTest()
    await put(client, 'a', RECORD)
    const path = pathOf({ ...query, 'response-content-type': 'a\r\nset-cookie: b' })
    expect(await rawRequest(server, 'GET', path)).toMatchObject({ status: 400 })
  })
})
