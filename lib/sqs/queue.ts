import { ChangeMessageVisibilityCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { type AwsCallOptions, callWithDeadline, type SendOptions } from '../aws/call-with-deadline.ts'
import { clientSettings } from '../aws/client-settings.ts'
import { AppError } from '../errors.ts'

/**
 * Both calls throw AppError QUEUE_UNAVAILABLE. If SQS accepted a message and its answer was lost, the message may
 * arrive twice.
 */
export interface Queue {
  send(body: unknown, options?: AwsCallOptions): Promise<void>
  /**
   * Sets when SQS delivers a failed message again. The default is the rest of the queue's visibility timeout, 90
   * minutes.
   */
  retryIn(receiptHandle: string, seconds: number, options?: AwsCallOptions): Promise<void>
}

/** A request over HTTP ends within 5 s. Two attempts fit into that. */
const LIMITS = { answerMs: 2_000, attempts: 2 }
const CALL_MS = 5_000

export function queue(url: string): Queue {
  const sqs = new SQSClient(clientSettings(LIMITS))
  return {
    send: async (body, options) => {
      const command = new SendMessageCommand({ QueueUrl: url, MessageBody: JSON.stringify(body) })
      await callSqs((http) => sqs.send(command, http), 'accept a message', options)
    },
    retryIn: async (receiptHandle, seconds, options) => {
      const input = { QueueUrl: url, ReceiptHandle: receiptHandle, VisibilityTimeout: seconds }
      const command = new ChangeMessageVisibilityCommand(input)
      await callSqs((http) => sqs.send(command, http), 'change when it delivers a message again', options)
    },
  }
}

/** The same queue, but no call outlasts the deadline. */
export function queueWithDeadline({ send, retryIn }: Queue, deadline: number): Queue {
  return {
    send: (body) => send(body, { deadline }),
    retryIn: (receiptHandle, seconds) => retryIn(receiptHandle, seconds, { deadline }),
  }
}

async function callSqs<T>(
  send: (options: SendOptions) => Promise<T>,
  action: string,
  { deadline = Number.POSITIVE_INFINITY }: AwsCallOptions = {},
): Promise<T> {
  const limits = { ...LIMITS, deadline: Math.min(deadline, Date.now() + CALL_MS) }
  return callWithDeadline(limits, send).catch((cause: unknown) => {
    throw new AppError('QUEUE_UNAVAILABLE', `Expected SQS to ${action}, it did not`, { cause })
  })
}
