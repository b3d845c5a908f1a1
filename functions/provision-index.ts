import type { Context } from 'aws-lambda'
import type { indexApi } from '../lib/api/index-api.ts'
import type { Handlers } from '../lib/api/route.ts'
import { loadConfig } from '../lib/config.ts'
import { httpApi, isHttp, ok } from '../lib/http.ts'
import { indexStatus } from '../lib/index/index-status.ts'
import { createLog } from '../lib/log.ts'
import { once } from '../lib/once.ts'
import { provisionIndex } from '../lib/provision-index.ts'
import { connectRedis } from '../lib/redis/connection.ts'

const log = createLog('provision-index')

const setUp = once(() => {
  const { definition, redis: settings } = loadConfig()
  return { definition, redis: connectRedis(settings) }
})

const http = httpApi(
  {
    'PUT /index': async ({ deadline }) => ok(await provisionIndex(setUp(), { deadline })),
    'GET /index': async ({ deadline }) => ok(await indexStatus(setUp(), { deadline })),
  } satisfies Handlers<typeof indexApi>,
  log,
)

/** Called through the API, or invoked directly as a step of a deployment; then the result is the answer itself. */
export async function handler(event: object, context: Context) {
  if (isHttp(event)) return http(event, context)
  const result = await provisionIndex(setUp())
  log.info('index provisioned', { ...result })
  return result
}
