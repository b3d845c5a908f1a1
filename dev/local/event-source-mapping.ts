import { setTimeout as delay } from 'node:timers/promises'
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import type { SQSEvent } from 'aws-lambda'
import * as v from 'valibot'
import { region } from './identity.ts'

export interface EventSourceMappingOptions {
  sqs: SQSClient
  queueUrl: string
  queueArn: string
  invoke: (event: SQSEvent) => Promise<unknown>
  maxConcurrency: number
  maxReceiveCount: number
  retrySeconds: number
  report: (message: string, error: unknown) => void
}

const graceMilliseconds = 5000

/**
 * The connection between an SQS queue and a function, as in Lambda, with a batch size of 1. It deletes messages that
 * succeed. It makes a message visible again if the function throws or names it in `batchItemFailures`.
 */
export function startEventSourceMapping(options: EventSourceMappingOptions): { close(): Promise<void> } {
  const { maxConcurrency, report } = options
  const stop = new AbortController()
  const running = new Set<Promise<void>>()

  const poll = async () => {
    while (!stop.signal.aborted) {
      const free = maxConcurrency - running.size
      if (free === 0) {
        await Promise.race(running)
        continue
      }
      for (const message of await receive(options, free, stop.signal)) {
        const work: Promise<void> = deliver(options, message)
          .catch((error: unknown) =>
            report(`Message ${message.MessageId} stays hidden until its visibility timeout:`, error),
          )
          .finally(() => running.delete(work))
        running.add(work)
      }
    }
  }

  const polling = poll().catch((error: unknown) => {
    if (!stop.signal.aborted) report('The queue is no longer polled:', error)
  })
  return {
    close: async () => {
      stop.abort()
      await polling
      await Promise.race([Promise.all(running), delay(graceMilliseconds, undefined, { ref: false })])
    },
  }
}

async function receive({ sqs, queueUrl }: EventSourceMappingOptions, free: number, signal: AbortSignal) {
  const command = new ReceiveMessageCommand({
    QueueUrl: queueUrl,
    MaxNumberOfMessages: Math.min(free, 10),
    WaitTimeSeconds: 20,
    MessageSystemAttributeNames: ['All'],
  })
  const { Messages = [] } = await sqs.send(command, { abortSignal: signal })
  return Messages
}

async function deliver(options: EventSourceMappingOptions, message: Message): Promise<void> {
  const { sqs, queueUrl, invoke, maxReceiveCount, retrySeconds, report } = options
  const target = { QueueUrl: queueUrl, ReceiptHandle: message.ReceiptHandle }
  try {
    const result = await invoke(toSqsEvent(message, options.queueArn))
    if (!hasFailed(result)) {
      await sqs.send(new DeleteMessageCommand(target))
      return
    }
  } catch (error) {
    const attempt = message.Attributes?.ApproximateReceiveCount
    report(`Message ${message.MessageId} failed, attempt ${attempt} of ${maxReceiveCount}:`, error)
  }
  await sqs.send(new ChangeMessageVisibilityCommand({ ...target, VisibilityTimeout: retrySeconds }))
}

const BatchResponse = v.object({ batchItemFailures: v.pipe(v.array(v.unknown()), v.minLength(1)) })

/** In a batch of one, any named message means failure: Lambda counts an unknown identifier as the whole batch. */
function hasFailed(result: unknown): boolean {
  return v.is(BatchResponse, result)
}

function toSqsEvent(message: Message, queueArn: string): SQSEvent {
  const { MessageId = '', ReceiptHandle = '', Body = '', MD5OfBody = '', Attributes = {} } = message
  return {
    Records: [
      {
        messageId: MessageId,
        receiptHandle: ReceiptHandle,
        body: Body,
        attributes: {
          ApproximateReceiveCount: Attributes.ApproximateReceiveCount ?? '',
          SentTimestamp: Attributes.SentTimestamp ?? '',
          SenderId: Attributes.SenderId ?? '',
          ApproximateFirstReceiveTimestamp: Attributes.ApproximateFirstReceiveTimestamp ?? '',
        },
        messageAttributes: {},
        md5OfBody: MD5OfBody,
        eventSource: 'aws:sqs',
        eventSourceARN: queueArn,
        awsRegion: region,
      },
    ],
  }
}
