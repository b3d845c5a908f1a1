import type { Deadline } from './redis.ts'
import { withDeadline } from './with-deadline.ts'

/**
 * Single flight: concurrent calls share one piece of work. The first caller's deadline limits the work. If the work
 * reaches that deadline, a caller with a later deadline retries it. An invocation must not fail because the work of
 * an earlier invocation timed out. A caller with an earlier deadline stops waiting at that deadline.
 */
export function singleFlight<T>(
  work: (deadline: Deadline) => Promise<T>,
): (deadline: Deadline) => Promise<T> {
  let current: { result: Promise<T>; deadline: Deadline } | undefined

  function startWork(deadline: Deadline) {
    const result = work(deadline).finally(() => {
      current = undefined
    })
    current = { result, deadline }
    return current
  }

  return async function share(deadline) {
    const shared = current ?? startWork(deadline)
    try {
      return await (deadline < shared.deadline ? withDeadline(shared.result, deadline) : shared.result)
    } catch (error) {
      // A timer may fire up to one millisecond early.
      if (Date.now() < shared.deadline - 1 || deadline <= shared.deadline) throw error
      return share(deadline)
    }
  }
}
