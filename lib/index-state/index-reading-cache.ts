import { type CallOptions, DEFAULT_TIMEOUT_MS } from '../redis/redis.ts'
import { singleFlight } from '../redis/single-flight.ts'
import { type IndexDeps, type IndexReading, readIndex } from './index-status.ts'

export type CachedReading = IndexReading & {
  ageMs: number
  /** Whether this call read the index: at most once in ten seconds. */
  isFresh: boolean
}

export interface ReadIndexCached {
  /** At once while the cached reading is new enough. */
  (options?: CallOptions): CachedReading | Promise<CachedReading>
  /**
   * Discards the cached reading, because the index is gone or the alias leads to another one. The next call reads
   * again.
   */
  forget(): void
}

const READY_FOR_MS = 10_000
/** A missing or unfinished index is read again soon, because its state is about to change. */
const UNREADY_FOR_MS = 1_000

/**
 * The only cache of the index's state. FT.INFO costs as much as several searches (2.2 ms at 20,000 users, a search
 * 0.6 ms), so searches share one reading. Concurrent callers share one FT.INFO (single flight).
 */
export function cacheIndexReading(deps: IndexDeps, now = Date.now): ReadIndexCached {
  let cached: { reading: IndexReading; at: number } | undefined

  const refresh = singleFlight(async (deadline) => {
    const at = now()
    cached = { reading: await readIndex(deps, { deadline }), at }
  })

  function read(options?: CallOptions): CachedReading | Promise<CachedReading> {
    if (cached === undefined) return readAgain(options)
    const ageMs = now() - cached.at
    const isOld = ageMs >= (cached.reading.state === 'ready' ? READY_FOR_MS : UNREADY_FOR_MS)
    return isOld ? readAgain(options) : { ...cached.reading, ageMs, isFresh: false }
  }

  async function readAgain({ deadline = Date.now() + DEFAULT_TIMEOUT_MS }: CallOptions = {}) {
    await refresh(deadline)
    if (cached === undefined)
      throw new Error('Expected a cached reading of the index after reading it, got none')
    return { ...cached.reading, ageMs: now() - cached.at, isFresh: true }
  }

  return Object.assign(read, {
    forget() {
      cached = undefined
    },
  })
}
