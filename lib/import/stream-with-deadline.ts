import type { Deadline } from '../redis/redis.ts'

/**
 * The same values, until time is up: then it ends, even if the next value never came.
 *
 * @param stopAt epoch milliseconds; Infinity for no end
 */
export function streamWithDeadline<T>(values: AsyncIterable<T>, stopAt: Deadline) {
  let isUp = false

  async function* taken(): AsyncIterable<T> {
    const iterator = values[Symbol.asyncIterator]()
    let stop: (late: 'late') => void = () => {}
    const timer =
      stopAt === Number.POSITIVE_INFINITY ? undefined : setTimeout(() => stop('late'), stopAt - Date.now())
    try {
      while (Date.now() < stopAt) {
        const next = await new Promise<IteratorResult<T> | 'late'>((resolve, reject) => {
          stop = resolve
          iterator.next().then(resolve, reject)
        })
        if (next === 'late') break
        if (next.done) return
        yield next.value
      }
      isUp = true
    } finally {
      clearTimeout(timer)
      // Not awaited: what hangs would not answer this either.
      iterator.return?.().catch(() => {})
    }
  }

  return { values: taken(), isUp: () => isUp }
}
