import { AppError } from '../../lib/errors.ts'
import type { Outcome, RedisPool } from '../../lib/redis/redis.ts'

/**
 * The same server, but the nth time that an import asks what of a window is known, the index's answer is that it has no
 * time: for that question alone, as a pipeline goes on behind a refusal.
 */
export function refusingQuestion(pool: RedisPool, nth: number): RedisPool {
  let questions = 0
  const refused: Outcome = { refused: new AppError('REDIS_BUSY', 'Expected an answer, got BUSY') }
  return {
    ...pool,
    lease: (work) =>
      pool.lease((connection) =>
        work({
          ...connection,
          async pipeline(commands, options) {
            const isRefused = commands[0]?.[0] === 'FT.SEARCH' && ++questions === nth
            const outcomes = await connection.pipeline(commands, options)
            return isRefused ? [refused, ...outcomes.slice(1)] : outcomes
          },
        }),
      ),
  }
}
