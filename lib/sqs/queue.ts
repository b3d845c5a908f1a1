import { ChangeMessageVisibilityCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { type AwsCallOptions, callWithDeadline, type SendOptions } from '../aws/call-with-deadline.ts'
import { clientSettings } from '../aws/client-settings.ts'
import { AppError } from '../errors.ts'

/** Both calls throw AppError QUEUE_UNAVAILABLE. A message that was sent without an answer may come twice. */
export interface Queue {
  send(body: unknown, options?: AwsCallOptions): Promise<void>
  /** Sets when a failed message comes again; the default is the rest of the queue's visibility timeout, 90 minutes. */
  retryIn(receiptHandle: string, seconds: number, options?: AwsCallOptions): Promise<void>
}

/** A request over HTTP ends within 5 s; two attempts fit into them. */
const LIMITS = { answerMs: 2_000, attempts: 2 }
const CALL_MS = 5_000

export function queue(url: string): Queue {
  const sqs = new SQSClient(clientSettings(LIMITS))
  return {
    send: async (body, options) => {
      const command = new SendMessageCommand({ QueueUrl: url, MessageBody: JSON.stringify(body) })
      await callSqs((http) => sqs.send(command, http), 'take a message', options)
    },
    retryIn: async (receiptHandle, seconds, options) => {
      const input = { QueueUrl: url, ReceiptHandle: receiptHandle, VisibilityTimeout: seconds }
      const command = new ChangeMessageVisibilityCommand(input)
      await callSqs((http) => sqs.send(command, http), 'change when a message comes again', options)
    },
  }
}

/** The same queue, but no call outlives the deadline. */
export function queueWithDeadline({ send, retryIn }: Queue, deadline: number): Queue {
  return {
    send: (body) => send(body, { deadline }),
    retryIn: (receiptHandle, seconds) => retryIn(receiptHandle, seconds, { deadline }),
  }
}

async function callSqs<T>(
  send: (options: SendOptions) => Promise<T>,
  what: string,
  { deadline = Number.POSITIVE_INFINITY }: AwsCallOptions = {},
): Promise<T> {
  const limits = { ...LIMITS, deadline: Math.min(deadline, Date.now() + CALL_MS) }
  return callWithDeadline(limits, send).catch((cause: unknown) => {
    throw new AppError('QUEUE_UNAVAILABLE', `SQS did not ${what}`, { cause })
  })
}
