import { type CallOptions, DEFAULT_TIMEOUT_MS, type Deadline, type RedisPool } from './redis.ts'

/**
 * The same pool, but no call outlasts the deadline, even if the call has a later one. An invocation has no time after
 * it.
 */
export function poolWithDeadline(pool: RedisPool, deadline: Deadline): RedisPool {
  const cap = ({ deadline: own = Date.now() + DEFAULT_TIMEOUT_MS, ...rest }: CallOptions = {}) => ({
    ...rest,
    deadline: Math.min(own, deadline),
  })
  return {
    send: (command, options) => pool.send(command, cap(options)),
    lease: (work, options) =>
      pool.lease(
        ({ send, pipeline }) =>
          work({
            send: (command, options) => send(command, cap(options)),
            pipeline: (commands, options) => pipeline(commands, cap(options)),
          }),
        cap({ deadline, ...options }),
      ),
    assertConnections: (options) => pool.assertConnections(cap(options)),
    close: pool.close,
  }
}
