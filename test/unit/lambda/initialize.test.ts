import { expect, it } from 'vitest'
import { AppError } from '../../../lib/errors.ts'
import { initialize } from '../../../lib/lambda/initialize.ts'
import type { Log } from '../../../lib/lambda/log.ts'
import type { RedisPool } from '../../../lib/redis/redis.ts'

const warnings: unknown[] = []
const log: Log = { info() {}, warn: (_, fields) => void warnings.push(fields), error() {} }

function poolThat(send: RedisPool['send']): RedisPool {
  const refuse = async () => Promise.reject(new Error('Expected a command, got another call'))
  return { send, lease: refuse, assertConnections: refuse, close: refuse }
}

it('the initialization connects to Redis, and waits until it is connected', async () => {
  let isConnected = false
  const redis = poolThat(async () => {
    await new Promise((resolve) => setTimeout(resolve, 1))
    isConnected = true
    return 'PONG'
  })
  await initialize({ isLambda: true, log, setUp: () => ({ redis }) })
  expect(isConnected).toBe(true)
})

it('a process that Lambda does not run connects to nothing before its first call', async () => {
  const setUp = () => {
    throw new Error('Expected no set-up')
  }
  await initialize({ isLambda: false, log, setUp })
})

it.each([
  ['the configuration is wrong', new AppError('CONFIG_INVALID', 'Environment: …')],
  ['Redis cannot be reached', new AppError('REDIS_UNAVAILABLE', 'Redis cannot be reached')],
])('a function starts although %s: the first request says so', async (_, error) => {
  warnings.length = 0
  const setUp = () => {
    if (error.code === 'CONFIG_INVALID') throw error
    return { redis: poolThat(async () => Promise.reject(error)) }
  }
  await initialize({ isLambda: true, log, setUp })
  expect(warnings).toEqual([{ code: error.code, reason: error.message }])
})
