import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { coded, postForm, RECORD } from '../../support/post-form.ts'
import { BUCKET, head, keys, read, s3ForTest } from '../../support/s3.ts'

const ETAG = `"${createHash('md5').update(RECORD).digest('hex')}"`
describe('a form', () => {
  it('uploads its file under the file’s name, with the metadata of its fields', async () => {
    const { server, client, events } = await s3ForTest()
    const answer = await postForm(server, {
      key: `imports/\${filename}`,
      'Content-Type': 'application/x-ndjson',
      'x-amz-meta-on-error': 'abort',
      success_action_status: '201',
    })
    const location = `${server.url}/${BUCKET}/imports%2Fa%20b%2B%C3%BC.ndjson`
    expect(answer).toEqual({
      status: 201,
      location,
      body:
        `<?xml version="1.0" encoding="UTF-8"?><PostResponse><Location>${location}</Location>` +
        `<Bucket>lookalike</Bucket><Key>imports/a b+ü.ndjson</Key>` +
        `<ETag>${ETAG.replaceAll('"', '&#34;')}</ETag></PostResponse>`,
    })
    expect(await read(client, 'imports/a b+ü.ndjson')).toBe(RECORD)
    expect(await head(client, 'imports/a b+ü.ndjson')).toMatchObject({
      ContentType: 'application/x-ndjson',
      Metadata: { 'on-error': 'abort' },
      ETag: ETAG,
    })
    expect(events[0]?.Records[0]).toMatchObject({
      eventName: 'ObjectCreated:Post',
      s3: { object: { key: 'imports/a+b%2B%C3%BC.ndjson', size: RECORD.length } },
    })
  })

  it.each([
    [{}, 204, ''],
    [{ success_action_status: '200' }, 200, ''],
    [{ success_action_status: '404' }, 204, ''],
    [{ success_action_redirect: 'no address' }, 204, ''],
    [
      { success_action_redirect: 'http://localhost:5173/done?a=b' },
      303,
      `http://localhost:5173/done?a=b&bucket=lookalike&key=k&etag=${encodeURIComponent(ETAG)}`,
    ],
  ])('with %j is answered %d', async (fields, status, location) => {
    const { server } = await s3ForTest()
    const answer = await postForm(server, { key: 'k', ...fields })
    expect(answer).toEqual({ status, body: '', location: location || `${server.url}/${BUCKET}/k` })
  })

  it('uploads a large file as a stream', async () => {
    const { server, client } = await s3ForTest()
    const large = Buffer.alloc(20_000_000, RECORD)
    expect(await postForm(server, { key: 'large' }, large)).toMatchObject({ status: 204 })
    const md5 = createHash('md5').update(large).digest('hex')
    expect(await head(client, 'large')).toMatchObject({ ContentLength: large.length, ETag: `"${md5}"` })
  })

  it('uploads an empty file', async () => {
    const { server, client } = await s3ForTest()
    expect(await postForm(server, { key: 'empty' }, '')).toMatchObject({ status: 204 })
    expect((await head(client, 'empty')).ContentLength).toBe(0)
  })

  it('is verified by the checksum in its fields', async () => {
    const { server, client } = await s3ForTest()
    const fields = { key: 'k', 'x-amz-checksum-crc32': 'AAAAAA==' }
    expect(await postForm(server, fields)).toMatchObject({ status: 400, body: coded('BadDigest') })
    expect(await keys(client)).toEqual([])
  })
})
