import type { Context } from 'aws-lambda'
import * as v from 'valibot'
import { loadImportConfig } from '../lib/config.ts'
import { AppError } from '../lib/errors.ts'
import { httpApi, isHttp, ok } from '../lib/http.ts'
import { readProgress } from '../lib/import/import-progress.ts'
import { createLog } from '../lib/log.ts'
import { once } from '../lib/once.ts'
import { connectRedis } from '../lib/redis/connection.ts'
import { restartImports } from '../lib/restart-imports.ts'
import { objectStore } from '../lib/s3/object-store.ts'
import { queue } from '../lib/sqs/queue.ts'

const log = createLog('imports')

const setUp = once(() => {
  const { redis: settings, bucket, importPrefix, queueUrl } = loadImportConfig()
  if (queueUrl === undefined)
    throw new AppError('CONFIG_INVALID', 'Environment:\n  IMPORT_QUEUE_URL is required')
  const redis = connectRedis(settings)
  return { redis, objects: objectStore(bucket), queue: queue(queueUrl), importPrefix }
})

/** What a scheduled event brings beside it is of no interest. */
const RestartOptions = v.object({ deadAfterSeconds: v.exactOptional(v.number()) })

const http = httpApi(
  {
    'GET /imports/{id}': async ({ event, deadline }) => {
      const id = event.pathParameters?.id ?? ''
      const report = await readProgress(setUp().redis, id, { deadline })
      if (report === undefined)
        throw new AppError('IMPORT_NOT_FOUND', `Expected the id of an import, got ${JSON.stringify(id)}`)
      return ok(report)
    },
  },
  log,
)

/**
 * Says how an import stands; on the schedule, starts those again that nobody finished. Who knows that none is running,
 * as `npm start` does, invokes it with `{"deadAfterSeconds": 0}`.
 */
export async function handler(event: object, context: Context) {
  if (isHttp(event)) return http(event, context)
  const started = await restartImports(setUp(), v.parse(RestartOptions, event))
  log[started.length === 0 ? 'info' : 'warn']('imports restarted', { started: started.map(({ key }) => key) })
  return { started }
}
