import { ChangeMessageVisibilityCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'

export interface Queue {
  send(body: unknown): Promise<void>
  /** When a message that failed comes again; without it that is the rest of the queue's visibility timeout, 90 minutes. */
  retryIn(receiptHandle: string, seconds: number): Promise<void>
}

export function queue(url: string): Queue {
  const sqs = new SQSClient()
  return {
    send: async (body) => {
      await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: JSON.stringify(body) }))
    },
    retryIn: async (receiptHandle, seconds) => {
      const input = { QueueUrl: url, ReceiptHandle: receiptHandle, VisibilityTimeout: seconds }
      await sqs.send(new ChangeMessageVisibilityCommand(input))
    },
  }
}
