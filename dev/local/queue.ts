import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { SQSEvent } from 'aws-lambda'
import { buildApp } from 'fauxqs'
import { admit } from './admit.ts'
import { startEventSourceMapping } from './event-source-mapping.ts'
import { account, credentials, region } from './identity.ts'
import { reportError } from './report.ts'

export interface QueueOptions {
  /** Runs the function that receives the queue's messages. */
  invoke: (event: SQSEvent) => Promise<unknown>
  maxConcurrency: number
  maxReceiveCount: number
  /** How long a message stays hidden while the function works on it: at least the function's timeout. */
  visibilitySeconds: number
  /**
   * How soon a failed message is delivered again. On AWS this is the rest of its visibility timeout, which is too
   * long to wait for at a terminal.
   */
  retrySeconds?: number
  report?: (message: string, error: unknown) => void
}

export interface Queue {
  /** The endpoint, in the form of AWS_ENDPOINT_URL_SQS. */
  url: string
  queueUrl: string
  deadLetterQueueUrl: string
  send(body: string): Promise<void>
  /** Receives no more messages, and waits up to 5 s for running invocations. */
  close(): Promise<void>
}

/** A queue with a name. The name of its dead-letter queue ends with `-dead-letter`. */
export type NamedQueue = QueueOptions & { name: string }

/** Starts an in-memory SQS on a free port of this machine. It has one queue, and each message invokes a function. */
export async function startQueue(options: QueueOptions): Promise<Queue> {
  const { queues, url, close } = await startQueues([{ name: 'imports', ...options }])
  const [queue] = queues
  if (queue === undefined) throw new Error('The queue was started')
  return { url, ...queue, close }
}

/** The same for several queues at one endpoint, in their order. */
export async function startQueues(all: readonly NamedQueue[]) {
  const server = buildApp({ logger: false, defaultRegion: region })
  server.addHook('onRequest', async (request, reply) => {
    const admitted = admit(request.raw)
    if ('refusal' in admitted)
      return reply.code(403).send({ __type: 'AccessDenied', message: admitted.refusal })
  })
  // fauxqs' own start would listen on every address of the machine.
  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  const sqs = new SQSClient({ endpoint: url, region, credentials })
  const sources: { close(): Promise<void> }[] = []
  const queues = []
  for (const { name, retrySeconds = 2, report = reportError, ...mapping } of all) {
    await createQueues(sqs, { name, ...mapping })
    // The URLs that CreateQueue answers have the host sqs.<region>.localhost, which some machines cannot resolve.
    const queueUrl = `${url}/${account}/${name}`
    const queueArn = arnOf(name)
    sources.push(startEventSourceMapping({ ...mapping, sqs, queueUrl, queueArn, retrySeconds, report }))
    queues.push({
      queueUrl,
      deadLetterQueueUrl: `${url}/${account}/${deadLetter(name)}`,
      send: async (body: string) => {
        await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body }))
      },
    })
  }
  return {
    url,
    queues,
    close: async () => {
      await Promise.all(sources.map((source) => source.close()))
      sqs.destroy()
      await server.close()
    },
  }
}

function deadLetter(name: string): string {
  return `${name}-dead-letter`
}

async function createQueues(
  sqs: SQSClient,
  { name, visibilitySeconds, maxReceiveCount }: NamedQueue,
): Promise<void> {
  const redrivePolicy = { deadLetterTargetArn: arnOf(deadLetter(name)), maxReceiveCount }
  await sqs.send(new CreateQueueCommand({ QueueName: deadLetter(name) }))
  await sqs.send(
    new CreateQueueCommand({
      QueueName: name,
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
