import { checkIndex } from '../lib/check-index.ts'
import { loadConfig } from '../lib/config.ts'
import { createLog } from '../lib/log.ts'
import { once } from '../lib/once.ts'
import { connectRedis } from '../lib/redis/connection.ts'

const setUp = once(() => {
  const { definition, redis: source } = loadConfig()
  return { definition, redis: connectRedis(source), log: createLog('check-index') }
})

export const handler = () => checkIndex(setUp())
