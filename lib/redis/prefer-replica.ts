import { AppError } from '../errors.ts'
import { type Command, DEFAULT_TIMEOUT_MS, type Deadline, type RedisPool } from './redis.ts'

/** After a replica could not help, the primary is asked for so long. */
const PRIMARY_FOR_MS = 10_000

/** The primary has the answer when a replica is gone, loading, without its primary, or has no such index yet. */
const HELPED_BY_PRIMARY: readonly unknown[] = ['REDIS_UNAVAILABLE', 'REDIS_BUSY', 'INDEX_MISSING']

/** The one write of a function that else only reads: it keeps a vector that was asked for. */
function isWrite([name]: Command): boolean {
  return name === 'SET'
}

/** Reads from a replica as long as one is well, else from the primary. A lease is always the primary's. */
export function preferReplica({
  isWanted,
  replica,
  primary,
}: {
  isWanted: (deadline: Deadline) => Promise<boolean>
  replica: RedisPool
  primary: RedisPool
}): RedisPool {
  let primaryUntil = 0
  return {
    async send(command, { deadline = Date.now() + DEFAULT_TIMEOUT_MS, ...rest } = {}) {
      const options = { ...rest, deadline }
      if (!isWrite(command) && Date.now() >= primaryUntil && (await isWanted(deadline))) {
        try {
          return await replica.send(command, options)
        } catch (error) {
          if (!(error instanceof AppError && HELPED_BY_PRIMARY.includes(error.code))) throw error
          primaryUntil = Date.now() + PRIMARY_FOR_MS
        }
      }
      return primary.send(command, options)
    },
    lease: primary.lease,
    assertConnections: primary.assertConnections,
    async close() {
      await replica.close()
      await primary.close()
    },
  }
}
