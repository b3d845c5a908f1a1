import type { Command, Reply } from '../redis.ts'

/** Makes the next EXEC of this connection do nothing if anybody writes the key meanwhile. */
export function watchArgs(key: string): Command {
  return ['WATCH', key]
}

export const UNWATCH: Command = ['UNWATCH']

/** Executes all of the commands, or none. */
export function transaction(commands: readonly Command[]): Command[] {
  return [['MULTI'], ...commands, ['EXEC']]
}

/** Whether EXEC did what was asked; false when a watched key was written meanwhile. */
export function parseExec(reply: Reply): boolean {
  return reply !== null
}
