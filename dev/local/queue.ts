import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { SQSEvent } from 'aws-lambda'
import { buildApp } from 'fauxqs'
import { admit } from './admit.ts'
import { startEventSourceMapping } from './event-source-mapping.ts'
import { account, credentials, region } from './identity.ts'
import { reportError } from './report.ts'

export interface QueueOptions {
  /** Runs the function that the queue feeds. */
  invoke: (event: SQSEvent) => Promise<unknown>
  maxConcurrency: number
  maxReceiveCount: number
  /** How long a message stays hidden while it is worked on: not less than the function's timeout. */
  visibilitySeconds: number
  /** How soon a failed message comes again. On AWS that is the rest of its visibility, too long to sit and watch. */
  retrySeconds?: number
  report?: (message: string, error: unknown) => void
}

export interface Queue {
  /** The endpoint, as AWS_ENDPOINT_URL_SQS takes it. */
  url: string
  queueUrl: string
  deadLetterQueueUrl: string
  send(body: string): Promise<void>
  /** Receives no more, and waits up to 5 s for the invocations that still run. */
  close(): Promise<void>
}

const names = { queue: 'imports', deadLetterQueue: 'imports-dead-letter' }

/** Starts an SQS in memory, on a free port of this machine, with one queue whose messages invoke a function. */
export async function startQueue(options: QueueOptions): Promise<Queue> {
  const { retrySeconds = 2, report = reportError, ...mapping } = options
  const server = buildApp({ logger: false, defaultRegion: region })
  server.addHook('onRequest', async (request, reply) => {
    const admitted = admit(request.raw)
    if ('refusal' in admitted)
      return reply.code(403).send({ __type: 'AccessDenied', message: admitted.refusal })
  })
  // fauxqs' own start would listen on every address of the machine.
  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  const sqs = new SQSClient({ endpoint: url, region, credentials })
  await createQueues(sqs, options)

  // The URLs that CreateQueue answers name the host sqs.<region>.localhost, which not every machine can resolve.
  const queueUrl = `${url}/${account}/${names.queue}`
  const eventSource = startEventSourceMapping({
    ...mapping,
    sqs,
    queueUrl,
    queueArn: arnOf(names.queue),
    retrySeconds,
    report,
  })
  return {
    url,
    queueUrl,
    deadLetterQueueUrl: `${url}/${account}/${names.deadLetterQueue}`,
    send: async (body) => {
      await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body }))
    },
    close: async () => {
      await eventSource.close()
      sqs.destroy()
      await server.close()
    },
  }
}

async function createQueues(
  sqs: SQSClient,
  { visibilitySeconds, maxReceiveCount }: QueueOptions,
): Promise<void> {
  const redrivePolicy = { deadLetterTargetArn: arnOf(names.deadLetterQueue), maxReceiveCount }
  await sqs.send(new CreateQueueCommand({ QueueName: names.deadLetterQueue }))
  await sqs.send(
    new CreateQueueCommand({
      QueueName: names.queue,
      Attributes: {
        VisibilityTimeout: String(visibilitySeconds),
        RedrivePolicy: JSON.stringify(redrivePolicy),
      },
    }),
  )
}

function arnOf(queueName: string): string {
  return `arn:aws:sqs:${region}:${account}:${queueName}`
}
