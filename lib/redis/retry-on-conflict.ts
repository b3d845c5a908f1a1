import { AppError } from '../errors.ts'
import { UNWATCH } from './commands/transactions.ts'
import type { CallOptions, Command, Connection, Outcome } from './redis.ts'
import { transact } from './transact.ts'

/** Another client wrote a watched key between the read and the write. Redis executed nothing. */
export const CONFLICT = Symbol('conflict')

/** Executes all commands, or none if a watched key was written. A refused command's outcome is its refusal. */
export type Commit = (commands: readonly Command[]) => Promise<Outcome[] | typeof CONFLICT>

interface RetryOptions {
  /** Completes the error message "Expected to …". */
  purpose: string
  /** If twenty clients write one key at once, each needs at most twenty attempts. */
  attempts?: number
  options?: CallOptions
}

/**
 * Runs an optimistic transaction. The attempt watches its keys, reads them, decides and commits. It returns CONFLICT
 * if its commit did, and runs again. On every exit the connection watches no key, because the pool lends it to other
 * callers.
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
    // The pool replaces a connection that fails here.
    if (isWatching) await connection.send(UNWATCH, options).catch(() => {})
  }
  throw new AppError(
    'REDIS_BUSY',
    `Expected to ${purpose}, but other clients wrote the same keys during all ${attempts} attempts: try again`,
  )
}
