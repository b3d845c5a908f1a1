import { AppError } from '../errors.ts'
import type { Deadline } from './redis.ts'
import { toRedisError } from './server-errors.ts'

/**
 * Waits for work no longer than the deadline, and says REDIS_TIMEOUT then. node-redis' own timeout and AbortSignal end
 * only the wait before a command is written: what was written to a silent server would pend for ever. So `onTimeout`
 * has to let the client go, whose late reply would be taken for the next command's.
 */
export async function withDeadline<T>(
  work: Promise<T>,
  deadline: Deadline,
  onTimeout: () => void = () => {},
): Promise<T> {
  const ms = Math.max(0, deadline - Date.now())
  let timer: NodeJS.Timeout | undefined
  const expiry = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      // Before the client goes, which rejects the work itself and would win the race.
      reject(new AppError('REDIS_TIMEOUT', `Redis did not answer within ${ms} ms`))
      onTimeout()
    }, ms)
  })
  try {
    return await Promise.race([work, expiry])
  } catch (thrown) {
    throw toRedisError(thrown)
  } finally {
    clearTimeout(timer)
  }
}

/** Nothing is begun after the deadline: the answer would come to nobody. */
export function assertTimeLeft(deadline: Deadline): void {
  if (Date.now() >= deadline) throw new AppError('REDIS_TIMEOUT', 'The time was up before Redis was asked')
}
