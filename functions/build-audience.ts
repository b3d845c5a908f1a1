import type { SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { audienceJob } from '../lib/audiences/audience-message.ts'
import { audienceMetrics } from '../lib/audiences/audience-metrics.ts'
import { buildAudience } from '../lib/audiences/build-audience.ts'
import { loadAudienceConfig, loadRuntime } from '../lib/config.ts'
import { toAppError } from '../lib/errors.ts'
import { createEdge, noteFailure } from '../lib/lambda/edge.ts'
import { describeFailure } from '../lib/lambda/failure.ts'
import { measure, noteOutcome } from '../lib/lambda/invocation.ts'
import { once } from '../lib/lambda/once.ts'
import { timedRedis } from '../lib/lambda/timed-redis.ts'
import { connectRedis } from '../lib/redis/connection.ts'
import { poolWithDeadline } from '../lib/redis/pool-with-deadline.ts'
import { objectStore } from '../lib/s3/object-store.ts'
import { storeWithDeadline } from '../lib/s3/store-with-deadline.ts'
import { queue } from '../lib/sqs/queue.ts'
import { retrySoon } from '../lib/sqs/retry-soon.ts'

const { log, observed, initialize } = createEdge('build-audience', loadRuntime())

const setUp = once(() => {
  const { redis: settings, bucket, queueUrl, ...config } = loadAudienceConfig()
  return {
    ...config,
    redis: timedRedis(connectRedis(settings)),
    objects: objectStore(bucket),
    queue: queue(queueUrl),
  }
})

await initialize(setUp)

/** Times left of the invocation: the builder stops scoring. */
const STOP_BEFORE_MS = 30_000
/** The builder gives up on Redis and S3. */
const RESERVE_MS = 5_000
/** The message that continues the audience must be sent. */
const CONTINUE_BEFORE_MS = 2_500
/** The next attempt of a failed message must be scheduled. */
const RETRY_BEFORE_MS = 500

/** Builds the audiences of the messages. A failed message goes back to the queue. */
export const handler = observed(async (event: SQSEvent, context): Promise<SQSBatchResponse> => {
  const endsAt = Date.now() + context.getRemainingTimeInMillis()
  const batchItemFailures: SQSBatchResponse['batchItemFailures'] = []
  for (const message of event.Records) {
    try {
      await buildOne(message.body, endsAt)
    } catch (thrown) {
      const error = toAppError(thrown)
      noteFailure(error)
      log.error('audience failed', describeFailure(error))
      const retried = { queue: setUp().queue, deadline: endsAt - RETRY_BEFORE_MS }
      const { problem } = await retrySoon(retried, message)
      if (problem !== undefined) log.warn('retry of the message not scheduled earlier', problem)
      batchItemFailures.push({ itemIdentifier: message.messageId })
    }
  }
  return { batchItemFailures }
})

async function buildOne(body: string, endsAt: number): Promise<void> {
  const { redis, objects, queue, definition, redisShare } = setUp()
  const job = audienceJob(parse(body))
  noteOutcome({ audienceId: job.id, run: job.run })
  const deadline = endsAt - RESERVE_MS
  const report = await buildAudience(
    {
      definition,
      redisShare,
      redis: poolWithDeadline(redis, deadline),
      objects: storeWithDeadline(objects, deadline),
      // At most half of the invocation. Otherwise a short invocation would stop before it begins.
      stopAt: endsAt - Math.min(STOP_BEFORE_MS, (endsAt - Date.now()) / 2),
    },
    job,
  )
  if (report !== undefined) {
    noteOutcome({ state: report.state })
    measure(audienceMetrics(report))
  }
  if (report === undefined) log.info('nothing to build', { ...job })
  else if (report.state === 'RUNNING') {
    await queue.send({ audience: job }, { deadline: endsAt - CONTINUE_BEFORE_MS })
    log.info('audience continues in another invocation', { ...report })
  } else log[report.state === 'COMPLETED' ? 'info' : 'warn']('audience finished', { ...report })
}

/** A body that is not JSON becomes undefined, and `audienceJob` rejects it as unknown. */
function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
