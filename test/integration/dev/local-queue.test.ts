import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { SQSEvent } from 'aws-lambda'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Queue, type QueueOptions, startQueue } from '../../../dev/local/queue.ts'

const running: Queue[] = []
afterEach(() => Promise.all(running.splice(0).map((queue) => queue.close())))

describe('a queue with a function behind it', () => {
  it('listens on this machine only', async () => {
    const queue = await start(async () => undefined)
    expect(queue.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(queue.queueUrl).toBe(`${queue.url}/000000000000/imports`)
  })

  it('invokes the function with each message, in the event that Lambda sends', async () => {
    const events: SQSEvent[] = []
    const queue = await start(async (event) => void events.push(event))
    await queue.send('{"file":"users.ndjson"}')
    await vi.waitFor(() => expect(events).toHaveLength(1))
    expect(events[0]).toEqual({
      Records: [
        {
          messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
          receiptHandle: expect.any(String),
          body: '{"file":"users.ndjson"}',
          attributes: {
            ApproximateReceiveCount: '1',
            SentTimestamp: expect.stringMatching(/^\d{13}$/),
            SenderId: expect.any(String),
            ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
          },
          messageAttributes: {},
          md5OfBody: createHash('md5').update('{"file":"users.ndjson"}').digest('hex'),
          eventSource: 'aws:sqs',
          eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:imports',
          awsRegion: 'us-east-1',
        },
      ],
    })
  })

  it('deletes a message that succeeded', async () => {
    const bodies: string[] = []
    const queue = await start(async (event) => void bodies.push(bodyOf(event)), { visibilitySeconds: 1 })
    await queue.send('once')
    await delay(1500) // a message that was not deleted would be visible again by now
    expect(bodies).toEqual(['once'])
  })

  it('invokes again for a message on which the function threw', async () => {
    const attempts: string[] = []
    const reports: unknown[][] = []
    const error = new Error('Redis is away')
    const queue = await start(
      async (event) => {
        attempts.push(attemptOf(event))
        if (attempts.length < 3) throw error
      },
      { report: (...words) => reports.push(words) },
    )
    await queue.send('stubborn')
    await vi.waitFor(() => expect(attempts).toEqual(['1', '2', '3']))
    expect(reports).toEqual([
      [expect.stringMatching(/failed, attempt 1 of 5:$/), error],
      [expect.stringMatching(/failed, attempt 2 of 5:$/), error],
    ])
  })

  it('invokes again for a message that batchItemFailures names', async () => {
    const attempts: string[] = []
    const queue = await start(async (event) => {
      attempts.push(attemptOf(event))
      const failed = attempts.length < 2 ? event.Records : []
      return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) }
    })
    await queue.send('continued')
    await vi.waitFor(() => expect(attempts).toEqual(['1', '2']))
    await delay(300)
    expect(attempts).toEqual(['1', '2'])
  })

  it('lets a failed message rest before it comes again', async () => {
    const times: number[] = []
    const queue = await start(
      async () => {
        times.push(performance.now())
        if (times.length < 2) throw new Error('not yet')
      },
      { retrySeconds: 1 },
    )
    await queue.send('later')
    await vi.waitFor(() => expect(times).toHaveLength(2), { timeout: 3000 })
    expect(Number(times[1]) - Number(times[0])).toBeGreaterThan(950)
  })

  it('moves a message to the dead-letter queue once it has failed as often as declared', async () => {
    let attempts = 0
    const queue = await start(async () => {
      attempts += 1
      throw new Error('never')
    })
    await queue.send('hopeless')
    expect(await receiveOne(queue, queue.deadLetterQueueUrl)).toBe('hopeless')
    expect(attempts).toBe(5)
  })

  it('runs as many at a time as declared, and no more', async () => {
    let now = 0
    let most = 0
    let done = 0
    const queue = await start(
      async () => {
        now += 1
        most = Math.max(most, now)
        await delay(30)
        now -= 1
        done += 1
      },
      { maxConcurrency: 3 },
    )
    await Promise.all(Array.from({ length: 10 }, (_, index) => queue.send(String(index))))
    await vi.waitFor(() => expect(done).toBe(10), { timeout: 3000 })
    expect(most).toBe(3)
  })

  it('waits for a running invocation when it closes, and starts none after', async () => {
    const started: string[] = []
    const finished: string[] = []
    const queue = await start(
      async (event) => {
        started.push(bodyOf(event))
        await delay(200)
        finished.push(bodyOf(event))
      },
      { maxConcurrency: 1 },
    )
    await queue.send('first')
    await queue.send('second')
    await vi.waitFor(() => expect(started).toHaveLength(1))
    await queue.close()
    expect(finished).toEqual(started)
    await delay(300)
    expect(started).toHaveLength(1)
  })

  it('closes at once while nothing runs', async () => {
    const queue = await start(async () => undefined)
    await delay(100) // it is polling now
    const before = performance.now()
    await queue.close()
    expect(performance.now() - before).toBeLessThan(1000)
  })
})

async function start(invoke: QueueOptions['invoke'], options: Partial<QueueOptions> = {}): Promise<Queue> {
  const queue = await startQueue({
    invoke,
    maxConcurrency: 5,
    maxReceiveCount: 5,
    visibilitySeconds: 30,
    retrySeconds: 0,
    report: () => undefined,
    ...options,
  })
  running.push(queue)
  return queue
}

async function receiveOne({ url }: Queue, queueUrl: string): Promise<string | undefined> {
  const sqs = new SQSClient({
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  })
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queueUrl, WaitTimeSeconds: 5 }))
  sqs.destroy()
  return Messages?.[0]?.Body
}

function bodyOf(event: SQSEvent): string {
  return event.Records.map(({ body }) => body).join()
}

function attemptOf(event: SQSEvent): string {
  return event.Records.map(({ attributes }) => attributes.ApproximateReceiveCount).join()
}
