import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { describe, expect, it } from 'vitest'
import { BUCKET, keys, put, rawRequest, s3ForTest } from '../../support/s3.ts'

const ORIGIN = 'http://localhost:5173'

describe('a page of this machine', () => {
  it('may ask before it uses a presigned URL, and read the answer', async () => {
    const { server, client } = await s3ForTest()
    const command = new PutObjectCommand({ Bucket: BUCKET, Key: 'imports/a.ndjson' })
    const { pathname, search } = new URL(await getSignedUrl(client, command))
    const asked = await rawRequest(server, 'OPTIONS', pathname + search, {
      headers: {
        origin: ORIGIN,
        'access-control-request-method': 'PUT',
        'access-control-request-headers': 'content-type,x-amz-meta-on-error',
      },
    })
    expect(asked).toMatchObject({
      status: 200,
      headers: {
        'access-control-allow-origin': ORIGIN,
        'access-control-allow-methods': 'GET, PUT, POST, DELETE, HEAD',
        'access-control-allow-headers': 'content-type,x-amz-meta-on-error',
        'access-control-max-age': '3000',
        vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
      },
      body: '',
    })
    const headers = { origin: ORIGIN }
    const sent = await rawRequest(server, 'PUT', pathname + search, { headers, body: '{}' })
    expect(sent).toMatchObject({
      status: 200,
      headers: { 'access-control-allow-origin': ORIGIN, 'access-control-expose-headers': '*' },
    })
    expect(await keys(client)).toEqual(['imports/a.ndjson'])
  })

  it('may read an error', async () => {
    const { server } = await s3ForTest()
    const answer = await rawRequest(server, 'GET', `/${BUCKET}/missing`, { headers: { origin: ORIGIN } })
    expect(answer).toMatchObject({ status: 404, headers: { 'access-control-allow-origin': ORIGIN } })
  })

  it.each([
    [{}, 400, 'BadRequest'],
    [{ origin: ORIGIN }, 400, 'BadRequest'],
    [{ origin: ORIGIN, 'access-control-request-method': 'PATCH' }, 403, 'AccessForbidden'],
    [{ origin: 'http://evil.example', 'access-control-request-method': 'PUT' }, 403, 'AccessDenied'],
    [{ origin: 'null', 'access-control-request-method': 'GET' }, 403, 'AccessDenied'],
  ])('is refused a question with %j', async (headers, status, code) => {
    const { server } = await s3ForTest()
    const answer = await rawRequest(server, 'OPTIONS', `/${BUCKET}/a`, { headers: { ...headers } })
    expect(answer).toMatchObject({ status, body: expect.stringContaining(`<Code>${code}</Code>`) })
    expect(answer.headers).not.toHaveProperty('access-control-allow-methods')
  })
})

it('a page of another origin cannot read an object by a presigned URL', async () => {
  const { server, client } = await s3ForTest()
  await put(client, 'a', 'samuel')
  const { pathname, search } = new URL(
    await getSignedUrl(client, new GetObjectCommand({ Bucket: BUCKET, Key: 'a' })),
  )
  const headers = { origin: 'http://evil.example' }
  const answer = await rawRequest(server, 'GET', pathname + search, { headers })
  expect(answer).toMatchObject({ status: 403, body: expect.not.stringContaining('samuel') })
  expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
})

it('a program, which sends no origin, gets no CORS headers', async () => {
  const { server, client } = await s3ForTest()
  await put(client, 'a', 'samuel')
  const answer = await rawRequest(server, 'GET', `/${BUCKET}/a`)
  expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'))).toEqual([])
})
