import { checkIndex } from '../lib/check/check-index.ts'
import { loadIndexConfig, loadRuntime } from '../lib/config.ts'
import { createEdge } from '../lib/lambda/edge.ts'
import { once } from '../lib/lambda/once.ts'
import { timedRedis } from '../lib/lambda/timed-redis.ts'
import { connectRedis } from '../lib/redis/connection.ts'
import { poolWithDeadline } from '../lib/redis/pool-with-deadline.ts'

const { log, metrics, observed, initialize } = createEdge('check-index', loadRuntime())

const setUp = once(() => {
  const { redis: settings, ...config } = loadIndexConfig()
  return {
    ...config,
    redis: timedRedis(connectRedis(settings)),
    log,
    metrics,
  }
})

await initialize(setUp)

const RESERVE_MS = 1_000
/**
 * The time left of the invocation when the check stops waiting for a change and stops looking at users: 90 s to measure
 * recall at most, and the rest.
 */
const STOP_BEFORE_MS = 110_000

export const handler = observed(async (_event: unknown, context) => {
  const endsAt = Date.now() + context.getRemainingTimeInMillis()
  const { redis, graceMs, mayQuarantine, ...deps } = setUp()
  const options = { graceMs, mayQuarantine, until: endsAt - STOP_BEFORE_MS }
  return checkIndex({ ...deps, redis: poolWithDeadline(redis, endsAt - RESERVE_MS) }, options)
})
