import { AppError } from '../errors.ts'
import { UNWATCH } from './commands/transactions.ts'
import type { CallOptions, Command, Connection, Outcome } from './redis.ts'
import { transact } from './transact.ts'

/** Another client wrote a watched key between the read and the write: nothing was executed. */
export const CONFLICT = Symbol('conflict')

/** Executes all of the commands or none, as long as no watched key was written. A refusal of one command is its outcome. */
export type Commit = (commands: readonly Command[]) => Promise<Outcome[] | typeof CONFLICT>

interface RetryOptions {
  /** The end of the sentence "Expected to …", for the error. */
  purpose: string
  /** Twenty clients that write one key at once each need at most twenty. */
  attempts?: number
  options?: CallOptions
}

/**
 * An optimistic transaction. The attempt watches its keys, reads them, decides, and commits. It returns CONFLICT when
 * its commit did, and is run again. On every exit the connection watches no key, since the pool lends it to others.
 *
 * @throws AppError REDIS_BUSY after the last attempt
 */
export async function retryOnConflict<T>(
  connection: Connection,
  { purpose, attempts = 20, options }: RetryOptions,
  attempt: (commit: Commit) => Promise<T | typeof CONFLICT>,
): Promise<T> {
  let isWatching = true
  const commit: Commit = async (commands) => {
    const outcomes = await transact(connection, commands, options)
    // EXEC ends the watch, whether it executed or not.
    isWatching = false
    return outcomes ?? CONFLICT
  }
  try {
    for (let i = 0; i < attempts; i++) {
      isWatching = true
      const result = await attempt(commit)
      if (result !== CONFLICT) return result
    }
  } finally {
    // A connection that fails here is replaced by the pool.
    if (isWatching) await connection.send(UNWATCH, options).catch(() => {})
  }
  throw new AppError(
    'REDIS_BUSY',
    `Expected to ${purpose}, lost to other writers ${attempts} times: try again`,
  )
}
