import type { S3Event, SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { loadImportConfig, loadRuntime } from '../lib/config.ts'
import type { IndexDefinition } from '../lib/definition.ts'
import { toAppError } from '../lib/errors.ts'
import { importJobs } from '../lib/import/import-message.ts'
import { importIds, importMetrics } from '../lib/import/import-metrics.ts'
import { type ImportJob, importId } from '../lib/import/import-report.ts'
import type { ImportReport } from '../lib/import/import-report-schema.ts'
import { importUsers } from '../lib/import/import-users.ts'
import { createEdge, noteFailure } from '../lib/lambda/edge.ts'
import { describeFailure } from '../lib/lambda/failure.ts'
import { growHeapFaster } from '../lib/lambda/heap-growth.ts'
import { measure, noteOutcome } from '../lib/lambda/invocation.ts'
import { once } from '../lib/lambda/once.ts'
import { timedRedis } from '../lib/lambda/timed-redis.ts'
import { measureIfGrown } from '../lib/recall/measure-if-grown.ts'
import { connectRedis } from '../lib/redis/connection.ts'
import { poolWithDeadline } from '../lib/redis/pool-with-deadline.ts'
import type { RedisPool } from '../lib/redis/redis.ts'
import { objectStore } from '../lib/s3/object-store.ts'
import { storeWithDeadline } from '../lib/s3/store-with-deadline.ts'
import { queue } from '../lib/sqs/queue.ts'
import { retrySoon } from '../lib/sqs/retry-soon.ts'

const { log, observed, initialize } = createEdge('import-users', loadRuntime())

const setUp = once(() => {
  const { redis: settings, bucket, queueUrl, ...config } = loadImportConfig()
  return {
    ...config,
    redis: timedRedis(connectRedis(settings)),
    objects: objectStore(bucket),
    queue: queue(queueUrl),
  }
})

growHeapFaster()
await initialize(setUp)

/** Times left of the invocation: the importer stops reading. */
const STOP_BEFORE_MS = 15_000
/** The importer gives up on Redis and S3. */
const RESERVE_MS = 5_000
/** The message that continues the import must be sent. */
const CONTINUE_BEFORE_MS = 2_500
/** The next attempt of a failed message must be scheduled. */
const RETRY_BEFORE_MS = 500
/**
 * The longest measurement of recall, during which the import saves nothing: after 60 s it would count as dead. And the
 * time left of the invocation after it: enough to end the import.
 */
const MEASURE_MS = 45_000
const END_MS = 8_000

type Outcome = SQSBatchResponse | ImportReport[]

/**
 * Imports what S3 announces, through SQS or directly. A failed SQS message goes back to the queue. A direct S3 event
 * fails as a whole, and S3 retries it.
 */
export const handler = observed(async (event: SQSEvent | S3Event, context): Promise<Outcome> => {
  const endsAt = Date.now() + context.getRemainingTimeInMillis()
  if (!isQueueEvent(event)) return importAll(event, endsAt)
  const batchItemFailures: SQSBatchResponse['batchItemFailures'] = []
  for (const message of event.Records) {
    try {
      await importAll(parseJson(message.body), endsAt)
    } catch (error) {
      noteFailure(error)
      // `importAll` has logged the error. The queue retries five times, then moves the message to the dead-letter
      // queue.
      const retried = { queue: setUp().queue, deadline: endsAt - RETRY_BEFORE_MS }
      const { problem } = await retrySoon(retried, message)
      if (problem !== undefined) log.warn('retry of the message not scheduled earlier', problem)
      batchItemFailures.push({ itemIdentifier: message.messageId })
    }
  }
  return { batchItemFailures }
})

async function importAll(message: unknown, endsAt: number): Promise<ImportReport[]> {
  const reports: ImportReport[] = []
  let key: string | undefined
  try {
    const { importPrefix, objects } = setUp()
    for (const job of importJobs(message, { importPrefix, objects })) {
      key = job.key
      noteOutcome({ importId: importId(job.bucket, job.key, job.dryRun), key })
      reports.push(await importOne(job, endsAt))
    }
  } catch (thrown) {
    const error = toAppError(thrown)
    log.error('import failed', { key, ...describeFailure(error) })
    throw thrown
  }
  return reports
}

async function importOne(job: ImportJob, endsAt: number): Promise<ImportReport> {
  const { redis, objects, queue, ...rest } = setUp()
  // At most half of the invocation. Otherwise a short invocation would stop before it begins.
  const stopAt = endsAt - Math.min(STOP_BEFORE_MS, (endsAt - Date.now()) / 2)
  const deadline = endsAt - RESERVE_MS
  const deps = {
    ...rest,
    redis: poolWithDeadline(redis, deadline),
    objects: storeWithDeadline(objects, deadline),
    stopAt,
    beforeReport: () => measureRecall(poolWithDeadline(redis, deadline), rest.definition, endsAt),
  }
  const report = await importUsers(deps, job)
  noteOutcome(importIds(report))
  measure(importMetrics(report))
  if (report.state === 'RUNNING') {
    await queue.send({ job }, { deadline: endsAt - CONTINUE_BEFORE_MS })
    log.info('import continues in another invocation', withoutPlaces(report))
  } else {
    const isSuccess = report.state === 'COMPLETED' || report.state === 'DUPLICATE'
    log[isSuccess ? 'info' : 'warn']('import finished', withoutPlaces(report))
  }
  return report
}

/** Readers of the report rely on the recall of the index. If it was not measured, every answer says so. */
async function measureRecall(redis: RedisPool, definition: IndexDefinition, endsAt: number): Promise<void> {
  const timeMs = Math.min(MEASURE_MS, endsAt - END_MS - Date.now())
  const recall = await measureIfGrown({ redis, definition }, { timeMs })
  if (recall?.skipped) log.info('recall not measured', { index: recall.index, skipped: recall.skipped })
}

/** The places in a file come with ids of users, and the log has none. */
function withoutPlaces({ rejectsByCode, ...report }: ImportReport) {
  return { ...report, rejectsByCode: rejectsByCode.map(({ code, count }) => ({ code, count })) }
}

function isQueueEvent(event: SQSEvent | S3Event): event is SQSEvent {
  // The test event that S3 sends directly has no Records.
  return event.Records?.[0]?.eventSource === 'aws:sqs'
}

/** A body that is not JSON becomes undefined, and `importJobs` rejects it as unknown. */
function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
