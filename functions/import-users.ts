import type { Context, S3Event, SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { loadImportConfig } from '../lib/config.ts'
import { causes, toAppError } from '../lib/errors.ts'
import { importJobs } from '../lib/import/import-message.ts'
import type { ImportReport } from '../lib/import/import-report.ts'
import { importUsers } from '../lib/import-users.ts'
import { createLog } from '../lib/log.ts'
import { once } from '../lib/once.ts'
import { bounded } from '../lib/redis/bounded.ts'
import { connectRedis } from '../lib/redis/connection.ts'
import type { Deadline } from '../lib/redis/redis.ts'
import { objectStore } from '../lib/s3/object-store.ts'

const log = createLog('import-users')

const setUp = once(() => {
  const { redis: settings, definition, bucket, importPrefix, reportPrefix } = loadImportConfig()
  const redis = connectRedis(settings)
  return { redis, definition, objects: objectStore(bucket), importPrefix, reportPrefix }
})

/** What is left of the invocation when Redis is given up: enough to answer, and for the queue to hear of it. */
const RESERVE_MS = 5_000

/** S3 → SQS → here: what failed goes back to the queue. An S3 event that comes directly fails as a whole, and is retried. */
export async function handler(
  event: SQSEvent | S3Event,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<SQSBatchResponse | ImportReport[]> {
  const deadline = Date.now() + context.getRemainingTimeInMillis() - RESERVE_MS
  if (!isQueueEvent(event)) return importAll(event, deadline)
  const batchItemFailures: SQSBatchResponse['batchItemFailures'] = []
  for (const { messageId, body } of event.Records) {
    try {
      await importAll(parse(body), deadline)
    } catch {
      // Logged where it happened; the queue tries again, and after five times keeps it in the dead-letter queue.
      batchItemFailures.push({ itemIdentifier: messageId })
    }
  }
  return { batchItemFailures }
}

async function importAll(message: unknown, deadline: Deadline): Promise<ImportReport[]> {
  const reports: ImportReport[] = []
  let key: string | undefined
  try {
    const { redis, ...deps } = setUp()
    for (const job of importJobs(message, deps)) {
      key = job.key
      const report = await importUsers({ ...deps, redis: bounded(redis, deadline) }, job)
      log[report.state === 'COMPLETED' ? 'info' : 'warn']('import finished', { ...report })
      reports.push(report)
    }
  } catch (thrown) {
    const error = toAppError(thrown)
    log.error('import failed', { key, code: error.code, reason: error.message, cause: causes(error) })
    throw thrown
  }
  return reports
}

function isQueueEvent(event: SQSEvent | S3Event): event is SQSEvent {
  // S3's test event, when it comes directly, has no Records.
  return event.Records?.[0]?.eventSource === 'aws:sqs'
}

/** A body that is no JSON is of no known kind; `importJobs` says so. */
function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
