import * as v from 'valibot'
import type { importsApi } from '../lib/api/imports-api.ts'
import type { Handlers } from '../lib/api/route.ts'
import { loadImportConfig, loadRuntime } from '../lib/config.ts'
import { ImportFileSchema, linkToImportFile } from '../lib/import/import-link.ts'
import { scheduledMetrics } from '../lib/import/import-metrics.ts'
import { StartImportSchema } from '../lib/import/import-options.ts'
import { cancelImport, listImports, showImport, startImport } from '../lib/import/manage-imports.ts'
import { restartImports } from '../lib/import/restart-imports.ts'
import { linkToUpload, UploadRequestSchema } from '../lib/import/upload-link.ts'
import { ok } from '../lib/lambda/answer.ts'
import { parseJsonBody } from '../lib/lambda/body.ts'
import { createEdge } from '../lib/lambda/edge.ts'
import { httpApi, isHttp } from '../lib/lambda/http.ts'
import { measure, noteOutcome } from '../lib/lambda/invocation.ts'
import { once } from '../lib/lambda/once.ts'
import { timedRedis } from '../lib/lambda/timed-redis.ts'
import { validate } from '../lib/lambda/validate.ts'
import { connectRedis } from '../lib/redis/connection.ts'
import { poolWithDeadline } from '../lib/redis/pool-with-deadline.ts'
import type { Deadline } from '../lib/redis/redis.ts'
import { objectStore } from '../lib/s3/object-store.ts'
import { storeWithDeadline } from '../lib/s3/store-with-deadline.ts'
import { queue, queueWithDeadline } from '../lib/sqs/queue.ts'

const { log, observed, initialize } = createEdge('imports', loadRuntime())

const setUp = once(() => {
  const { redis: settings, bucket, queueUrl, ...config } = loadImportConfig()
  const redis = timedRedis(connectRedis(settings))
  return { ...config, redis, objects: objectStore(bucket), queue: queue(queueUrl) }
})

await initialize(setUp)

/** The same dependencies. No call of them outlasts the deadline. */
function setUpWithDeadline(deadline: Deadline) {
  const { redis, objects, queue, ...rest } = setUp()
  return {
    ...rest,
    redis: poolWithDeadline(redis, deadline),
    objects: storeWithDeadline(objects, deadline),
    queue: queueWithDeadline(queue, deadline),
  }
}

/** Reserves time to log a failure of the scheduled sweep. */
const RESERVE_MS = 1_000

/** A scheduled event also has other members, which this ignores. */
const RestartOptionsSchema = v.object({ deadAfterSeconds: v.exactOptional(v.number()) })

const FileQuery = v.strictObject({ file: v.optional(ImportFileSchema, 'rejects') })

const http = httpApi(
  {
    'GET /imports': async ({ deadline }) => ok(await listImports(setUp(), { deadline })),
    'GET /imports/{id}': async ({ event, deadline }) =>
      ok(await showImport(setUp(), idOf(event), { deadline })),
    'POST /imports': async ({ event, deadline }) => {
      const started = await startImport(
        setUpWithDeadline(deadline),
        validate(StartImportSchema, parseJsonBody(event)),
        {
          deadline,
        },
      )
      noteOutcome({ importId: started.id, state: started.state })
      return { status: started.state === 'QUEUED' ? 202 : 200, body: started }
    },
    'DELETE /imports/{id}': async ({ event, deadline }) => ({
      status: 202,
      body: await cancelImport(setUp(), idOf(event), { deadline }),
    }),
    'GET /imports/{id}/file': async ({ event, deadline }) => {
      const { file } = validate(FileQuery, event.queryStringParameters ?? {})
      const location = await linkToImportFile(setUpWithDeadline(deadline), idOf(event), file, { deadline })
      return { status: 302, headers: { location } }
    },
    'POST /uploads': async ({ event }) => {
      const request = validate(UploadRequestSchema, parseJsonBody(event))
      return { status: 201, body: await linkToUpload(setUp(), request) }
    },
  } satisfies Handlers<typeof importsApi>,
  log,
  { query: ['GET /imports/{id}/file'] },
)

function idOf({ pathParameters }: { pathParameters?: Partial<Record<string, string>> }): string {
  const id = pathParameters?.id ?? ''
  noteOutcome({ importId: id })
  return id
}

/**
 * Lists, shows, starts and cancels imports. On the schedule, it restarts unfinished imports. `npm start` invokes it
 * with `{"deadAfterSeconds": 0}`, because no import is running then.
 */
export const handler = observed(async (event: object, context) => {
  if (isHttp(event)) return http(event, context)
  const deadline = Date.now() + context.getRemainingTimeInMillis() - RESERVE_MS
  const started = await restartImports(setUpWithDeadline(deadline), v.parse(RestartOptionsSchema, event))
  measure(await scheduledMetrics(setUpWithDeadline(deadline), started.length))
  log[started.length === 0 ? 'info' : 'warn']('imports restarted', { started: started.map(({ key }) => key) })
  return { started }
})
