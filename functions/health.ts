import type { healthApi } from '../lib/api/health-api.ts'
import type { Handlers } from '../lib/api/route.ts'
import { checkHealth } from '../lib/check/check-health.ts'
import { loadConfig, loadRuntime } from '../lib/config.ts'
import { ok } from '../lib/lambda/answer.ts'
import { createEdge } from '../lib/lambda/edge.ts'
import { httpApi } from '../lib/lambda/http.ts'
import { once } from '../lib/lambda/once.ts'
import { timedRedis } from '../lib/lambda/timed-redis.ts'
import { connectRedis } from '../lib/redis/connection.ts'

const { log, observed, initialize } = createEdge('health', loadRuntime())

const setUp = once(() => {
  const { definition, redis: settings } = loadConfig()
  return { definition, redis: timedRedis(connectRedis(settings)) }
})

await initialize(setUp)

/** A build of the index, or a start of Redis, takes some seconds. */
const RETRY_AFTER_SECONDS = '10'

export const handler = observed(
  httpApi(
    {
      'GET /health': async ({ deadline }) => {
        const health = await checkHealth(setUp(), { deadline })
        if (health.status === 'ok') return ok(health)
        return { status: 503, body: health, headers: { 'retry-after': RETRY_AFTER_SECONDS } }
      },

      'GET /openapi.json': async () => {
        const config = loadConfig()
        const { openApiDocument } = await import('../lib/api/openapi.ts')
        return ok(openApiDocument(config))
      },
    } satisfies Handlers<typeof healthApi>,
    log,
  ),
)
