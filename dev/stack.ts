import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import type { APIGatewayProxyEventV2, S3Event } from 'aws-lambda'
import type { IndexDefinition } from '../lib/definition.ts'
import { createdObjects } from '../lib/s3/s3-event.ts'
import { buildPages } from './console/built-pages.ts'
import { consoleHost } from './console/host.ts'
import { startHttpApi } from './local/http-api.ts'
import { credentials, region } from './local/identity.ts'
import { createInvoke, type Invoke } from './local/lambda.ts'
import { startQueues } from './local/queue.ts'
import { startSchedules } from './local/schedule.ts'
import { readServerlessConfig, type ServerlessConfig } from './local/serverless-config.ts'
import { makePrivateFolder } from './own-folder.ts'
import { movedLine, startAtPort, type WantedPort } from './ports.ts'
import { processName } from './process-name.mjs'
import { startRedis } from './redis/start.ts'
import { connectAsUsers, createUsers, type UrlOf } from './redis/users.ts'
import { type S3Server, startS3 } from './s3/server.ts'

export interface StackOptions {
  /** The folder of all stored data: objects, Redis's append-only file, and `stack.json`. */
  dataDir: string
  port: WantedPort
  s3Port: WantedPort
  /** The port of our own Redis. Default: a free port. */
  redisPort: WantedPort
  /** The URL of a foreign Redis, instead of our own. The functions connect with it. */
  redisUrl: string | undefined
  /** For the ACL users of our own Redis. */
  definition: IndexDefinition
  /** Answers a request instead of the function. If it returns undefined, the function answers. */
  intercept?: (event: APIGatewayProxyEventV2) => unknown
  /** Receives a line for the terminal during a long step. */
  tell?: (text: string) => void
  /** Cancels the wait for Redis. */
  signal?: AbortSignal
}

/** All addresses. `stack.json` contains them for commands that use a running stack. */
export interface StackAddresses {
  pid: number
  /** The same process, by a name that no later process has (process-name.mjs). */
  runBy: string
  apiUrl: string
  s3Url: string
  sqsUrl: string
  queueUrl: string
  audienceQueueUrl: string
  redisUrl: string
  bucket: string
}

export interface Stack extends StackAddresses {
  invoke: Invoke
  /** One line per default port that was in use. */
  moved: string[]
  stop(): Promise<void>
}

const BUCKET = 'lookalike'

/**
 * Starts the servers that AWS would provide, and the functions of `serverless.yml`. S3 notifies the queue of new
 * objects, the queue invokes the importer, HTTP and the schedules invoke the other functions. If a later part fails,
 * it stops the earlier parts.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  await using started = new AsyncDisposableStack()
  const { dataDir } = options
  for (const part of ['s3', 'redis']) makePrivateFolder(join(dataDir, part))
  const declared = readServerlessConfig()
  // The build runs while Redis starts.
  const pages = buildPages()
  // If Redis does not start, that error is the one to report.
  pages.catch(() => {})
  const redis = await startOrConnectRedis(options, started)
  const invoke = createInvoke(declared.functions, { variables: connectAsUsers(redis.urlOf) })
  const sqs = await startQueues(
    declared.queues.map((queue) => ({
      ...queue,
      visibilitySeconds: declared.functions.get(queue.functionName)?.timeoutSeconds ?? 900,
      invoke: (event) => invoke(queue.functionName, event),
    })),
  )
  started.defer(sqs.close)
  const [imports, audiences] = sqs.queues
  if (imports === undefined || audiences === undefined) throw new Error('The queues were started')
  const s3 = await startAtPort(options.s3Port, (port) =>
    startS3({
      dataDir: join(dataDir, 's3'),
      port,
      onEvent: (event) => forward(event, declared, imports.send),
    }),
  )
  started.defer(s3.close)
  await createBucket(s3)

  // The functions read their environment at their first call.
  Object.assign(process.env, {
    IMPORT_BUCKET: BUCKET,
    IMPORT_QUEUE_URL: imports.queueUrl,
    AUDIENCE_QUEUE_URL: audiences.queueUrl,
    AWS_ENDPOINT_URL_S3: s3.url,
    AWS_ENDPOINT_URL_SQS: sqs.url,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  })
  for (const name of [
    'REDIS_URL',
    'REDIS_TOKEN',
    'REDIS_URL_PARAMETER',
    'REDIS_URL_SECRET',
    'AWS_SESSION_TOKEN',
  ])
    delete process.env[name]

  const page = consoleHost(await pages, { bucketOrigin: s3.url })
  const { routes, schedules } = declared
  const intercept = options.intercept ?? (() => undefined)
  const api = await startAtPort(options.port, (port) =>
    startHttpApi({ routes, invoke, port, intercept, consoleHost: page }),
  )
  started.defer(api.close)
  const timers = startSchedules({ schedules, invoke })
  started.defer(timers.stop)

  const addresses: StackAddresses = {
    pid: process.pid,
    runBy: processName(process.pid) ?? String(process.pid),
    apiUrl: api.url,
    s3Url: s3.url,
    sqsUrl: sqs.url,
    queueUrl: imports.queueUrl,
    audienceQueueUrl: audiences.queueUrl,
    redisUrl: redis.url,
    bucket: BUCKET,
  }
  const file = join(dataDir, 'stack.json')
  // The URL of a foreign Redis may contain a password.
  await writeFile(file, `${JSON.stringify(addresses, null, 2)}\n`, { mode: 0o600 })
  started.defer(() => rm(file, { force: true }))
  const stopAll = started.move()
  const moved = [movedLine(options.port, 'the API', api.url), movedLine(options.s3Port, 'S3', s3.url)].filter(
    (line) => line !== undefined,
  )
  return { ...addresses, invoke, moved, stop: () => stopAll.disposeAsync() }
}

/** Our own Redis has an ACL user for each function, with the rights that `npm run acl` prints. */
async function startOrConnectRedis(
  { dataDir, redisUrl, redisPort, definition, tell, signal }: StackOptions,
  started: AsyncDisposableStack,
): Promise<{ url: string; urlOf: UrlOf }> {
  if (redisUrl !== undefined) return { url: redisUrl, urlOf: () => redisUrl }
  const redis = await startAtPort(redisPort, (wanted) => {
    const port = wanted === 0 ? {} : { port: wanted }
    return startRedis({ dir: join(dataDir, 'redis'), appendonly: true, ...port, tell, signal })
  })
  started.defer(redis.stop)
  return { url: redis.url, urlOf: await createUsers(redis.url, definition) }
}

/** S3 only sends objects below the prefix of the bucket's notification: a report must not be imported as users. */
async function forward(
  event: S3Event,
  { imports }: ServerlessConfig,
  send: (body: string) => Promise<void>,
): Promise<void> {
  const isImport = ({ key }: { key: string }) => key.startsWith(imports.prefix)
  if (createdObjects(event)?.some(isImport)) await send(JSON.stringify(event))
}

async function createBucket({ url }: S3Server): Promise<void> {
  const s3 = new S3Client({ endpoint: url, region, forcePathStyle: true, credentials })
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET })).catch((error: Error) => {
    if (error.name !== 'BucketAlreadyOwnedByYou') throw error
  })
  s3.destroy()
}
