import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { handler } from '../../../functions/import-users.ts'
import { MAX_ATTEMPTS } from '../../../lib/sqs/retry.ts'

const ChangeVisibility = v.object({ ReceiptHandle: v.string(), VisibilityTimeout: v.number() })

describe('a message whose import failed', () => {
  const changes: v.InferOutput<typeof ChangeVisibility>[] = []
  const sqs = createServer(async (request, response) => {
    changes.push(v.parse(ChangeVisibility, JSON.parse(await text(request))))
    response.end('{}')
  })

  beforeAll(async () => {
    await new Promise<void>((resolve) => sqs.listen(0, '127.0.0.1', resolve))
    const address = sqs.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    for (const [name, value] of Object.entries({
      // No import gets as far as asking Redis: the messages are of no known kind.
      REDIS_URL: 'redis://127.0.0.1:1',
      IMPORT_BUCKET: 'shop',
      IMPORT_QUEUE_URL: `${url}/000000000000/imports`,
      AWS_ENDPOINT_URL_SQS: url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    }))
      vi.stubEnv(name, value)
  })
  afterAll(() => {
    vi.unstubAllEnvs()
    sqs.closeAllConnections()
    sqs.close()
  })

  it('comes again soon, and after its last attempt goes to the dead-letter queue without a wait', async () => {
    for (const attempt of [1, MAX_ATTEMPTS - 1, MAX_ATTEMPTS]) {
      const answer = await handler(eventOf(attempt), { getRemainingTimeInMillis: () => 60_000 })
      expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'message' }] })
    }
    expect(changes).toEqual([
      { ReceiptHandle: 'attempt 1', VisibilityTimeout: 30 },
      { ReceiptHandle: 'attempt 4', VisibilityTimeout: 240 },
      { ReceiptHandle: 'attempt 5', VisibilityTimeout: 0 },
    ])
  })
})

function eventOf(attempt: number) {
  return {
    Records: [
      {
        messageId: 'message',
        receiptHandle: `attempt ${attempt}`,
        body: '{"kind":"unknown"}',
        attributes: {
          ApproximateReceiveCount: String(attempt),
          SentTimestamp: '',
          SenderId: '',
          ApproximateFirstReceiveTimestamp: '',
        },
        messageAttributes: {},
        md5OfBody: '',
        eventSource: 'aws:sqs',
        eventSourceARN: '',
        awsRegion: 'us-east-1',
      },
    ],
  }
}
