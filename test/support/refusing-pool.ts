import { AppError } from '../../lib/errors.ts'
import type { Connection, Outcome, RedisPool } from '../../lib/redis/redis.ts'

type Pipeline = Connection['pipeline']

/** The same pool, whose leases send their pipelines by way of what this makes of theirs. */
export function rerouted(pool: RedisPool, reroute: (pipeline: Pipeline) => Pipeline): RedisPool {
  return {
    ...pool,
    lease: (work) =>
      pool.lease((connection) => work({ ...connection, pipeline: reroute(connection.pipeline) })),
  }
}

/**
 * Refuses, as a Redis that is busy for a moment does, the nth of the pipelines that begin with this command: of an
 * import FT.SEARCH asks about a window, and SETRANGE saves its rejects and how far it got.
 */
export function refusing(pool: RedisPool, command: 'FT.SEARCH' | 'SETRANGE', nth: number): RedisPool {
  let count = 0
  const refused: Outcome = { refused: new AppError('REDIS_BUSY', 'Expected an answer, got BUSY') }
  return rerouted(pool, (pipeline) => async (commands, options) => {
    const isRefused = commands[0]?.[0] === command && ++count === nth
    return isRefused ? commands.map(() => refused) : pipeline(commands, options)
  })
}
