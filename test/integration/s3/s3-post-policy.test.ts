import { describe, expect, it } from 'vitest'
import { coded, postForm } from '../../support/post-form.ts'
import { BUCKET, contentFiles, keys, s3ForTest } from '../../support/s3.ts'

/** Signatures are not checked, but a policy without one is refused, as S3 does. */
const SIGNATURE = {
  'x-amz-algorithm': 'AWS4-HMAC-SHA256',
  'x-amz-credential': 'a/20260101/us-east-1/s3/aws4_request',
  'x-amz-date': '20260101T000000Z',
  'x-amz-signature': 'f'.repeat(64),
}

describe('a form with a policy', () => {
  const conditions = [
    { bucket: BUCKET },
    ['starts-with', '$key', 'imports/'],
    ['eq', '$x-amz-meta-on-error', 'abort'],
    ['starts-with', '$Content-Type', 'text/'],
    ['content-length-range', 1, 1000],
    ...Object.entries(SIGNATURE).map(([name, value]) => ({ [name]: value })),
  ]
  const policy = { expiration: new Date(Date.now() + 60_000).toISOString(), conditions }
  const fields = {
    key: `imports/\${filename}`,
    'x-amz-meta-on-error': 'abort',
    'content-type': 'text/csv, text/x',
    ...SIGNATURE,
    policy: encode(policy),
  }

  it('is stored when the policy allows it', async () => {
    const { server, client } = await s3ForTest()
    expect(await postForm(server, { ...fields, 'x-ignore-me': 'a' })).toMatchObject({ status: 204 })
    expect(await keys(client)).toEqual(['imports/a b+ü.ndjson'])
  })

  it.each([
    ['another key', { key: `reports/\${filename}` }, 'AccessDenied', /Policy Condition failed.*imports\//],
    ['other metadata', { 'x-amz-meta-on-error': 'continue' }, 'AccessDenied', /Policy Condition failed/],
    ['another type in its list', { 'content-type': 'text/csv,image/png' }, 'AccessDenied', /\$content-type/],
    ['a field without a condition', { acl: 'public-read' }, 'AccessDenied', /Extra input fields: acl/],
    [
      'a policy of another time',
      { policy: encode({ ...policy, expiration: '2026-01-01T00:00:00.000Z' }) },
      'AccessDenied',
      /Policy expired/,
    ],
    [
      'a policy of another bucket',
      { policy: encode({ ...policy, conditions: [{ bucket: 'other' }] }) },
      'AccessDenied',
      /\$bucket/,
    ],
    ['a policy that is not JSON', { policy: 'e30' }, 'InvalidPolicyDocument', /expiration/],
    [
      'a policy with an unknown condition',
      { policy: encode({ ...policy, conditions: [['in', '$key', 'a']] }) },
      'InvalidPolicyDocument',
      /conditions/,
    ],
  ])('is refused with %s', async (_, more, code, message) => {
    const { server, client } = await s3ForTest()
    const answer = await postForm(server, { ...fields, ...more })
    expect(answer.body).toMatch(message)
    expect(answer).toMatchObject({ status: code === 'AccessDenied' ? 403 : 400, body: coded(code) })
    expect(await keys(client)).toEqual([])
  })

  it('is refused without its signature', async () => {
    const { server } = await s3ForTest()
    const { 'x-amz-signature': _, ...unsigned } = fields
    expect(await postForm(server, unsigned)).toMatchObject({ status: 400, body: coded('InvalidArgument') })
  })

  it('is refused with a file of another size than the policy allows, of which nothing stays', async () => {
    const { server, client, dataDir } = await s3ForTest()
    const large = await postForm(server, fields, Buffer.alloc(30_000_000))
    expect(large).toMatchObject({ status: 400, body: coded('EntityTooLarge') })
    expect(large.body).toContain('<MaxSizeAllowed>1000</MaxSizeAllowed>')
    expect(await postForm(server, fields, '')).toMatchObject({ status: 400, body: coded('EntityTooSmall') })
    expect(await keys(client)).toEqual([])
    expect(await contentFiles(dataDir)).toEqual([])
  })
})

function encode(policy: object): string {
  return Buffer.from(JSON.stringify(policy)).toString('base64')
}
