import { createHash } from 'node:crypto'
import { CopyObjectCommand } from '@aws-sdk/client-s3'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { BUCKET, put, read, s3ForTest } from '../../support/s3.ts'

describe('an event', () => {
  it('tells of a created object as AWS does', async () => {
    const { client, events } = await s3ForTest()
    const before = Date.now()
    const { $metadata } = await put(client, 'imports/a b+ü(1).ndjson', 'samuel')
    expect(events).toEqual([
      {
        Records: [
          {
            eventVersion: '2.1',
            eventSource: 'aws:s3',
            awsRegion: 'us-east-1',
            eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
            eventName: 'ObjectCreated:Put',
            userIdentity: { principalId: expect.any(String) },
            requestParameters: { sourceIPAddress: '127.0.0.1' },
            responseElements: { 'x-amz-request-id': $metadata.requestId, 'x-amz-id-2': expect.any(String) },
            s3: {
              s3SchemaVersion: '1.0',
              configurationId: expect.any(String),
              bucket: {
                name: BUCKET,
                ownerIdentity: { principalId: expect.any(String) },
                arn: `arn:aws:s3:::${BUCKET}`,
              },
              object: {
                key: 'imports/a+b%2B%C3%BC%281%29.ndjson',
                size: 6,
                eTag: createHash('md5').update('samuel').digest('hex'),
                sequencer: expect.stringMatching(/^[0-9A-F]{18}$/),
              },
            },
          },
        ],
      },
    ])
    expect(Date.parse(events[0]?.Records[0]?.eventTime ?? '')).toBeGreaterThanOrEqual(before)
  })

  it('names the copy, and comes once for it', async () => {
    const { client, events } = await s3ForTest()
    await put(client, 'a', 'samuel')
    await client.send(new CopyObjectCommand({ Bucket: BUCKET, Key: 'b', CopySource: `${BUCKET}/a` }))
    expect(events.map((event) => [event.Records[0]?.eventName, event.Records[0]?.s3.object.key])).toEqual([
      ['ObjectCreated:Put', 'a'],
      ['ObjectCreated:Copy', 'b'],
    ])
  })

  it('comes when the object can be read, and its listener may fail without harm', async () => {
    const printed = vi.spyOn(console, 'error').mockImplementation(() => {})
    onTestFinished(() => printed.mockRestore())
    const seen: (string | undefined)[] = []
    const { client } = await s3ForTest({
      onEvent: async (event) => {
        seen.push(await read(client, event.Records[0]?.s3.object.key ?? ''))
        throw new Error('not today')
      },
    })
    await put(client, 'a', 'samuel')
    await put(client, 'b', 'david')
    await expect.poll(() => [...seen].sort()).toEqual(['david', 'samuel'])
    await expect
      .poll(() => printed.mock.calls.flat().sort())
      .toEqual([
        'S3: the listener failed on ObjectCreated:Put of lookalike/a: Error: not today',
        'S3: the listener failed on ObjectCreated:Put of lookalike/b: Error: not today',
      ])
  })
})
