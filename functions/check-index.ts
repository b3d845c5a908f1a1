import type { Context } from 'aws-lambda'
import { checkIndex } from '../lib/check-index.ts'
import { loadConfig } from '../lib/config.ts'
import { createLog } from '../lib/log.ts'
import { once } from '../lib/once.ts'
import { bounded } from '../lib/redis/bounded.ts'
import { connectRedis } from '../lib/redis/connection.ts'

const setUp = once(() => {
  const { definition, redis: settings } = loadConfig()
  return { definition, redis: connectRedis(settings), log: createLog('check-index') }
})

const RESERVE_MS = 1_000

export function handler(_event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>) {
  const deadline = Date.now() + context.getRemainingTimeInMillis() - RESERVE_MS
  const { redis, ...deps } = setUp()
  return checkIndex({ ...deps, redis: bounded(redis, deadline) })
}
