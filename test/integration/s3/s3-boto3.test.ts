import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { python } from '../../../dev/python.ts'
import { s3ForTest } from '../../support/s3.ts'

const script = fileURLToPath(new URL('../../support/s3_boto3.py', import.meta.url))

it('the S3 server is one for boto3 too', { timeout: 120_000 }, async () => {
  const { server, events } = await s3ForTest()
  const key = 'imports/a b+ü(1).ndjson'
  const presigned = { put: 200, got: [200, '0123', 'text/y'], metadata: { a: 'b' } }
  const report = JSON.parse((await python([script, server.url])).toString())
  expect(report).toEqual({
    multipart: { same: true, etagIsRight: true, size: 12 * 1024 * 1024, metadata: { parts: '3' } },
    put: { etag: '"781e5e245d69b566979b86e28d23f2c7"', crc32: 'poTHxg==' },
    range: { body: '234', contentRange: 'bytes 2-4/10' },
    head: { size: 10, type: 'text/x', metadata: { a: 'b' } },
    copy: '0123456789',
    presigned: expect.stringContaining('Signature='),
    presignedVersions: {
      s3: { ...presigned, late: [403, 'AccessDenied'] },
      s3v4: { ...presigned, late: [400, 'AuthorizationQueryParametersError'] }, // it has X-Amz-Expires=-1
    },
    posted: { allowed: [201, [['posted/a b+ü.txt', 10]]], large: [400, []] },
    pages: [['copy'], [key], ['multipart']],
    buckets: ['boto3-bucket', 'lookalike'],
    deleted: [key],
    left: ['copy', 'multipart'],
    errors: {
      missing: 'NoSuchKey',
      otherVersion: 'PreconditionFailed',
      wrongChecksum: 'BadDigest',
      acl: 'NotImplemented',
    },
  })
  const answer = await fetch(report.presigned)
  expect(await answer.text()).toBe('0123456789')
  expect(events.map((event) => event.Records[0]?.eventName)).toEqual([
    'ObjectCreated:CompleteMultipartUpload',
    'ObjectCreated:Put',
    'ObjectCreated:Copy',
    'ObjectCreated:Put',
    'ObjectCreated:Put',
    'ObjectCreated:Post',
  ])
})
