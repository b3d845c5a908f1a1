import * as v from 'valibot'
import type { audiencesApi } from '../lib/api/audiences-api.ts'
import type { Handlers } from '../lib/api/route.ts'
import { FileNameSchema, linkToFile } from '../lib/audiences/audience-link.ts'
import { scheduledMetrics } from '../lib/audiences/audience-metrics.ts'
import { audienceRequestSchema, PreviewRequestSchema } from '../lib/audiences/audience-request.ts'
import { compareAudiences } from '../lib/audiences/compare-audiences.ts'
import { startDueAudiences } from '../lib/audiences/due-audiences.ts'
import {
  audienceId,
  deleteAudience,
  listAudiences,
  orderAudience,
  refreshAudience,
  showAudience,
} from '../lib/audiences/manage-audiences.ts'
import { previewAudience } from '../lib/audiences/preview-audience.ts'
import { loadAudienceConfig, loadRuntime } from '../lib/config.ts'
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

const { log, observed, initialize } = createEdge('audiences', loadRuntime())

const setUp = once(() => {
  const { redis: settings, bucket, queueUrl, definition } = loadAudienceConfig()
  return {
    definition,
    schema: audienceRequestSchema(definition),
    redis: timedRedis(connectRedis(settings)),
    objects: objectStore(bucket),
    queue: queue(queueUrl),
  }
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

const FileQuery = v.strictObject({ file: v.optional(FileNameSchema, 'audience') })

/** A scheduled event also has other members, which this ignores. */
const StartOptions = v.object({ deadAfterSeconds: v.exactOptional(v.number()) })

/** Reserves time to log a failure of the scheduled run. */
const RESERVE_MS = 1_000

const http = httpApi(
  {
    'POST /audiences': async ({ event, deadline }) => {
      const request = validate(setUp().schema, parseJsonBody(event))
      const body = await orderAudience(setUpWithDeadline(deadline), request, { deadline })
      noteOutcome({ audienceId: body.id })
      return { status: 202, body }
    },
    'GET /audiences': async ({ deadline }) => ok({ audiences: await listAudiences(setUp(), { deadline }) }),
    'POST /audiences/preview': async ({ event, deadline }) =>
      ok(
        await previewAudience(
          setUpWithDeadline(deadline),
          validate(PreviewRequestSchema, parseJsonBody(event)),
          {
            deadline,
          },
        ),
      ),
    'GET /audiences/{id}': async ({ event, deadline }) =>
      ok(await showAudience(setUp(), idOf(event), { deadline })),
    'DELETE /audiences/{id}': async ({ event, deadline }) => {
      const stopping = await deleteAudience(setUpWithDeadline(deadline), idOf(event), { deadline })
      return stopping === undefined ? { status: 204 } : { status: 202, body: stopping }
    },
    'GET /audiences/{id}/file': async ({ event, deadline }) => {
      const { file } = validate(FileQuery, event.queryStringParameters ?? {})
      const location = await linkToFile(setUpWithDeadline(deadline), idOf(event), file, { deadline })
      return { status: 302, headers: { location } }
    },
    'POST /audiences/{id}/refresh': async ({ event, deadline }) => ({
      status: 202,
      body: await refreshAudience(setUpWithDeadline(deadline), idOf(event), { deadline }),
    }),
    'GET /audiences/{id}/overlap/{other}': async ({ event, deadline }) => {
      const ids = [idOf(event), idOf(event, 'other')] as const
      return ok(await compareAudiences(setUpWithDeadline(deadline), ids, { deadline }))
    },
  } satisfies Handlers<typeof audiencesApi>,
  log,
  { query: ['GET /audiences/{id}/file'] },
)

type Path = { pathParameters?: Partial<Record<string, string>> }

function idOf({ pathParameters }: Path, name: 'id' | 'other' = 'id'): string {
  const id = audienceId(pathParameters?.[name] ?? '')
  if (name === 'id') noteOutcome({ audienceId: id })
  return id
}

/**
 * Orders, shows and compares audiences. On the schedule, it orders due refreshes and restarts lost jobs. `npm start`
 * invokes it with `{"deadAfterSeconds": 0}`, because no job is running then.
 */
export const handler = observed(async (event: object, context) => {
  if (isHttp(event)) return http(event, context)
  const deadline = Date.now() + context.getRemainingTimeInMillis() - RESERVE_MS
  const started = await startDueAudiences(setUpWithDeadline(deadline), v.parse(StartOptions, event))
  measure(await scheduledMetrics(setUpWithDeadline(deadline), started.restarted.length))
  log.info('audiences checked', started)
  return started
})
