import type { Deadline } from './redis.ts'
import { withDeadline } from './with-deadline.ts'

/**
 * Lets callers at the same moment share one piece of work, which ends at the deadline of the one who began it. Who has
 * more time than he had begins anew: an invocation must not fail because something of the one before ran out of time.
 * Who has less waits no longer than that.
 */
export function singleFlight<T>(
  work: (deadline: Deadline) => Promise<T>,
): (deadline: Deadline) => Promise<T> {
  let current: { result: Promise<T>; deadline: Deadline } | undefined

  function begin(deadline: Deadline) {
    const result = work(deadline).finally(() => {
      current = undefined
    })
    current = { result, deadline }
    return current
  }

  return async function share(deadline) {
    const shared = current ?? begin(deadline)
    try {
      return await (deadline < shared.deadline ? withDeadline(shared.result, deadline) : shared.result)
    } catch (error) {
      // A timer may fire a millisecond before its time.
      if (Date.now() < shared.deadline - 1 || deadline <= shared.deadline) throw error
      return share(deadline)
    }
  }
}
