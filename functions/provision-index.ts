import type { indexApi } from '../lib/api/index-api.ts'
import type { Handlers } from '../lib/api/route.ts'
import { listQuarantine, restoreUsers, UserIdsSchema } from '../lib/check/quarantine.ts'
import { loadIndexConfig, loadRuntime } from '../lib/config.ts'
import { indexStatus } from '../lib/index-state/index-status.ts'
import { ok } from '../lib/lambda/answer.ts'
import { parseJsonBody } from '../lib/lambda/body.ts'
import { createEdge } from '../lib/lambda/edge.ts'
import { httpApi, isHttp } from '../lib/lambda/http.ts'
import { once } from '../lib/lambda/once.ts'
import { timedRedis } from '../lib/lambda/timed-redis.ts'
import { validate } from '../lib/lambda/validate.ts'
import { planIndex } from '../lib/provisioning/plan-index.ts'
import { ProvisionRequestSchema, provisionIndex } from '../lib/provisioning/provision-index.ts'
import { rollBackIndex } from '../lib/provisioning/roll-back-index.ts'
import { connectRedis } from '../lib/redis/connection.ts'
import { showSample } from '../lib/users/show-sample.ts'

const { log, observed, initialize } = createEdge('provision-index', loadRuntime())

const setUp = once(() => {
  const { redis: settings, definition, graceMs, stack } = loadIndexConfig()
  return { deps: { definition, stack, redis: timedRedis(connectRedis(settings)) }, graceMs }
})

await initialize(() => setUp().deps)

/** The time that PUT /index reserves for the proof. A small change is complete within one request. */
const LEFT_TO_PROVE_MS = 3_000

const http = httpApi(
  {
    'PUT /index': async ({ event, deadline }) => {
      const { deps, graceMs } = setUp()
      const { force } = validate(ProvisionRequestSchema, event.body ? parseJsonBody(event) : {})
      return ok(
        await provisionIndex(deps, { deadline, graceMs, force, waitUntil: deadline - LEFT_TO_PROVE_MS }),
      )
    },
    'GET /index': async ({ deadline }) => ok(await indexStatus(setUp().deps, { deadline })),
    'GET /index/definition': async () => ok(setUp().deps.definition),
    'GET /index/sample': async ({ deadline }) => ok(await showSample(setUp().deps, { deadline })),
    'GET /index/plan': async ({ deadline }) => ok(await planIndex(setUp().deps, { deadline })),
    'POST /index/rollback': async ({ deadline }) => ok(await rollBackIndex(setUp().deps, { deadline })),
    'GET /index/quarantine': async ({ deadline }) =>
      ok({ ids: await listQuarantine(setUp().deps, { deadline }) }),
    'POST /index/restore': async ({ event, deadline }) => {
      const { ids } = validate(UserIdsSchema, parseJsonBody(event))
      return ok({ ids: await restoreUsers(setUp().deps, ids, { deadline }) })
    },
  } satisfies Handlers<typeof indexApi>,
  log,
)

const STOP_BEFORE_MS = 5_000

/**
 * Answers the API, or a direct invocation as a step of a deployment. A direct invocation returns the result itself,
 * and waits for Redis as long as it may run.
 */
export const handler = observed(async (event: object, context) => {
  if (isHttp(event)) return http(event, context)
  const { deps, graceMs } = setUp()
  const waitUntil = Date.now() + context.getRemainingTimeInMillis() - STOP_BEFORE_MS
  const result = await provisionIndex(deps, { graceMs, waitUntil })
  // The check's findings contain ids of users.
  const { check: _, ...about } = result
  log.info('index provisioned', about)
  return result
})
