import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'

export interface Queue {
  send(body: unknown): Promise<void>
}

export function queue(url: string): Queue {
  const sqs = new SQSClient()
  return {
    send: async (body) => {
      await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: JSON.stringify(body) }))
    },
  }
}
