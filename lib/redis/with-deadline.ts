import { AppError } from '../errors.ts'
import type { Deadline } from './redis.ts'
import { toRedisError } from './server-errors.ts'

/**
 * Rejects with REDIS_TIMEOUT if the work is not done at the deadline. The timeout and the AbortSignal of node-redis
 * only cover the wait before a command is written. After that, a silent server would keep the call pending forever.
 * So `onTimeout` must discard the client, because a late reply would be taken for that of the next command.
 */
export function withDeadline<T>(
  work: Promise<T>,
  deadline: Deadline,
  onTimeout: () => void = () => {},
): Promise<T> {
  const ms = Math.max(0, deadline - Date.now())
  // Every command passes here. Promise.race and an async function would take twice as long.
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      // Rejects before `onTimeout` ends the client. The work's own rejection would win otherwise.
      reject(new AppError('REDIS_TIMEOUT', `Redis did not answer within ${ms} ms`))
      onTimeout()
    }, ms)
    work.then(
      (value) => {
        clearTimeout(timer)
        resolve(value)
      },
      (thrown) => {
        clearTimeout(timer)
        reject(toRedisError(thrown))
      },
    )
  })
}

/** Starts nothing after the deadline: no caller waits for the answer. */
export function assertTimeLeft(deadline: Deadline): void {
  if (Date.now() >= deadline)
    throw new AppError(
      'REDIS_TIMEOUT',
      'Expected time for a command to Redis, the deadline had passed before it was sent',
    )
}
