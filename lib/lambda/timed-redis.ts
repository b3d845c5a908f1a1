import type { CallOptions, RedisPool } from '../redis/redis.ts'
import { currentInvocation } from './invocation.ts'

/** The same pool. The time of its calls counts as `redisMs` of the invocation that makes them. */
export function timedRedis(pool: RedisPool): RedisPool {
  return {
    send: (command, options) => timed(() => pool.send(command, options)),
    lease: (work, options?: CallOptions) =>
      pool.lease(
        ({ send, pipeline }) =>
          work({
            send: (command, options) => timed(() => send(command, options)),
            pipeline: (commands, options) => timed(() => pipeline(commands, options)),
          }),
        options,
      ),
    assertConnections: (options) => timed(() => pool.assertConnections(options)),
    close: pool.close,
  }
}

async function timed<T>(call: () => Promise<T>): Promise<T> {
  const redis = currentInvocation()?.redis
  redis?.start()
  try {
    return await call()
  } finally {
    redis?.stop()
  }
}
