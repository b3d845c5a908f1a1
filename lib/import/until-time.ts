import type { Deadline } from '../redis/redis.ts'

/**
 * The same values, until time is up: then it ends, even if the next value never came.
 *
 * @param stopAt epoch milliseconds; Infinity for no end
 */
export function untilTime<T>(values: AsyncIterable<T>, stopAt: Deadline) {
  let isUp = false

  async function* taken(): AsyncIterable<T> {
    const iterator = values[Symbol.asyncIterator]()
    try {
      while (Date.now() < stopAt) {
        const next = await orLate(iterator.next(), stopAt)
        if (next === 'late') break
        if (next.done) return
        yield next.value
      }
      isUp = true
    } finally {
      // Not awaited: what hangs would not answer this either.
      iterator.return?.().catch(() => {})
    }
  }

  return { values: taken(), isUp: () => isUp }
}

async function orLate<T>(work: Promise<T>, stopAt: Deadline): Promise<T | 'late'> {
  if (stopAt === Number.POSITIVE_INFINITY) return work
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), stopAt - Date.now())
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
