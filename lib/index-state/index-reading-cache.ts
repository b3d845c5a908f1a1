import { type CallOptions, DEFAULT_TIMEOUT_MS } from '../redis/redis.ts'
import { singleFlight } from '../redis/single-flight.ts'
import { type IndexDeps, type IndexReading, readIndex } from './index-status.ts'

export type CachedReading = IndexReading & {
  ageMs: number
  /** Whether this call read it: at most once in ten seconds. */
  isFresh: boolean
}

export interface ReadIndexCached {
  (options?: CallOptions): Promise<CachedReading>
  /** The index is gone, or another one has its name: the next call reads again. */
  forget(): void
}

const READY_FOR_MS = 10_000
/** An index that is being built, or is missing, is asked again soon: the answer is about to change. */
const UNREADY_FOR_MS = 1_000

/**
 * The one cached reader of the index's state: FT.INFO costs as much as several searches (2.2 ms at 20,000 users against
 * 0.6), so it is not asked for each of them. Callers at the same moment share one question.
 */
export function cacheIndexReading(deps: IndexDeps, now = Date.now): ReadIndexCached {
  let known: { reading: IndexReading; at: number } | undefined

  const ask = singleFlight(async (deadline) => {
    const at = now()
    known = { reading: await readIndex(deps, { deadline }), at }
  })

  async function read({ deadline = Date.now() + DEFAULT_TIMEOUT_MS }: CallOptions = {}) {
    const isFresh =
      known === undefined ||
      now() - known.at >= (known.reading.state === 'ready' ? READY_FOR_MS : UNREADY_FOR_MS)
    if (isFresh) await ask(deadline)
    if (known === undefined) throw new Error('The index was read and is not known')
    return { ...known.reading, ageMs: now() - known.at, isFresh }
  }

  return Object.assign(read, {
    forget() {
      known = undefined
    },
  })
}
