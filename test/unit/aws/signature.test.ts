import { AwsV4Signer } from 'aws4fetch'
import { describe, expect, it } from 'vitest'
import { signPost } from '../../../lib/aws/signature.ts'

const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AmazonSSM.GetParameter' }
const now = new Date('2026-11-28T08:09:10.123Z')

describe('the signature of a call', () => {
  it.each([
    ['ssm', 'https://ssm.eu-central-1.amazonaws.com', undefined],
    ['secretsmanager', 'http://127.0.0.1:4566', 'a token/of+a role=='],
  ])('of %s at %s is the one that aws4fetch makes', async (service, endpoint, sessionToken) => {
    const body = JSON.stringify({ Name: '/lookalike/prüfung/redis-url', WithDecryption: true })
    const keys = { accessKeyId: 'AKIA1', secretAccessKey: 'secret/+=' }
    const theirs = await new AwsV4Signer({
      ...keys,
      ...(sessionToken !== undefined && { sessionToken }),
      url: endpoint,
      method: 'POST',
      headers,
      body,
      service,
      region: 'eu-central-1',
      datetime: '20261128T080910Z',
      allHeaders: true,
    }).sign()
    const ours = signPost({
      url: new URL(endpoint),
      headers,
      body,
      service,
      region: 'eu-central-1',
      credentials: { ...keys, sessionToken },
      now,
    })
    expect(ours.authorization).toBe(theirs.headers.get('authorization'))
    expect(ours['x-amz-date']).toBe('20261128T080910Z')
    expect(ours['x-amz-security-token']).toBe(sessionToken)
  })
})
