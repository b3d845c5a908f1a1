import type { Command, Outcome, Reply } from '../redis.ts'
import { asArray } from '../reply.ts'
import { toRedisError } from '../server-errors.ts'

/** Makes the next EXEC of this connection execute nothing if another client writes one of the keys before it. */
export function watchArgs(...keys: readonly string[]): Command {
  return ['WATCH', ...keys]
}

export const UNWATCH: Command = ['UNWATCH']

/** Executes all of the commands, or none. */
export function toTransaction(commands: readonly Command[]): Command[] {
  return [['MULTI'], ...commands, ['EXEC']]
}

/** The outcome of each command. undefined if another client wrote a watched key, so that Redis executed nothing. */
export function parseExecOutcomes(reply: Reply): Outcome[] | undefined {
  if (reply === null) return undefined
  return asArray(reply).map((one) => (one instanceof Error ? { refused: toRedisError(one) } : { reply: one }))
}
