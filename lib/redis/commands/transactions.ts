import type { Command, Outcome, Reply } from '../redis.ts'
import { asArray } from '../reply.ts'
import { toRedisError } from '../server-errors.ts'

/** Makes the next EXEC of this connection do nothing if anybody writes one of the keys meanwhile. */
export function watchArgs(...keys: readonly string[]): Command {
  return ['WATCH', ...keys]
}

export const UNWATCH: Command = ['UNWATCH']

/** Executes all of the commands, or none. */
export function transaction(commands: readonly Command[]): Command[] {
  return [['MULTI'], ...commands, ['EXEC']]
}

/** What became of each command; undefined when a watched key was written meanwhile, and nothing was executed. */
export function parseExecOutcomes(reply: Reply): Outcome[] | undefined {
  if (reply === null) return undefined
  return asArray(reply).map((one) => (one instanceof Error ? { refused: toRedisError(one) } : { reply: one }))
}
