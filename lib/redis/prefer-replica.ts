import { AppError } from '../errors.ts'
import {
  type CallOptions,
  type Command,
  type Deadline,
  type RedisPool,
  type Reply,
  withDefaultDeadline,
} from './redis.ts'

/** How long reads go to the primary after a replica has failed. */
const PRIMARY_FOR_MS = 10_000

/** The primary can answer when a replica is down, loading or disconnected, or does not have the index yet. */
const RETRIED_ON_PRIMARY: readonly unknown[] = ['REDIS_UNAVAILABLE', 'REDIS_BUSY', 'INDEX_MISSING']

/** A function that otherwise only reads has one write: it stores the query vector of a search. */
function isWrite([name]: Command): boolean {
  return name === 'SET'
}

/** Reads from a replica while one is healthy, else from the primary. A lease always uses the primary. */
export function preferReplica({
  isWanted,
  replica,
  primary,
}: {
  /** At once if it is known. */
  isWanted: (deadline: Deadline) => boolean | Promise<boolean>
  replica: RedisPool
  primary: RedisPool
}): RedisPool {
  let primaryUntil = 0
  async function readReplica(command: Command, options: CallOptions): Promise<Reply> {
    try {
      return await replica.send(command, options)
    } catch (error) {
      if (!(error instanceof AppError && RETRIED_ON_PRIMARY.includes(error.code))) throw error
      primaryUntil = Date.now() + PRIMARY_FOR_MS
      return primary.send(command, options)
    }
  }
  return {
    send(command, given) {
      const options = withDefaultDeadline(given)
      if (isWrite(command) || Date.now() < primaryUntil) return primary.send(command, options)
      const wanted = isWanted(options.deadline)
      const send = (isReplica: boolean) =>
        isReplica ? readReplica(command, options) : primary.send(command, options)
      return typeof wanted === 'boolean' ? send(wanted) : wanted.then(send)
    },
    lease: primary.lease,
    assertConnections: primary.assertConnections,
    async close() {
      await replica.close()
      await primary.close()
    },
  }
}
