import type { Context } from 'aws-lambda'
import { checkIndex } from '../lib/check-index.ts'
import { loadIndexConfig } from '../lib/config.ts'
import { createLog } from '../lib/log.ts'
import { once } from '../lib/once.ts'
import { bounded } from '../lib/redis/bounded.ts'
import { connectRedis } from '../lib/redis/connection.ts'

const setUp = once(() => {
  const { redis: settings, ...config } = loadIndexConfig()
  return { ...config, redis: connectRedis(settings), log: createLog('check-index') }
})

const RESERVE_MS = 1_000
/** What is left of the invocation when a change is no longer waited for, and no more users are looked at. */
const STOP_BEFORE_MS = 40_000

export function handler(_event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>) {
  const endsAt = Date.now() + context.getRemainingTimeInMillis()
  const { redis, graceMs, quarantines, ...deps } = setUp()
  const options = { graceMs, quarantines, until: endsAt - STOP_BEFORE_MS }
  return checkIndex({ ...deps, redis: bounded(redis, endsAt - RESERVE_MS) }, options)
}
