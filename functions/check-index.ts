import type { Context } from 'aws-lambda'
import { checkIndex } from '../lib/check/check-index.ts'
import { loadIndexConfig, loadRuntime } from '../lib/config.ts'
import { createLog } from '../lib/lambda/log.ts'
import { createMetrics } from '../lib/lambda/metrics.ts'
import { once } from '../lib/lambda/once.ts'
import { connectRedis } from '../lib/redis/connection.ts'
import { poolWithDeadline } from '../lib/redis/pool-with-deadline.ts'

const setUp = once(() => {
  const { redis: settings, ...config } = loadIndexConfig()
  return {
    ...config,
    redis: connectRedis(settings),
    log: createLog('check-index'),
    metrics: createMetrics({ ...loadRuntime(), functionName: 'check-index' }),
  }
})

const RESERVE_MS = 1_000
/** The time left of the invocation when the check stops waiting for a change and stops looking at users. */
const STOP_BEFORE_MS = 40_000

export function handler(_event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>) {
  const endsAt = Date.now() + context.getRemainingTimeInMillis()
  const { redis, graceMs, mayQuarantine, ...deps } = setUp()
  const options = { graceMs, mayQuarantine, until: endsAt - STOP_BEFORE_MS }
  return checkIndex({ ...deps, redis: poolWithDeadline(redis, endsAt - RESERVE_MS) }, options)
}
