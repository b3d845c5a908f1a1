import type { AppError } from '../errors.ts'
import type { CallOptions, Command, Connection } from '../redis/redis.ts'
import { alreadyExists } from '../redis/server-errors.ts'
import { transact } from '../redis/transact.ts'

/**
 * Executes the commands as one, if nobody has written the watched key. What is there already, or is gone already, is
 * as good as done.
 *
 * @returns false when somebody was faster
 */
export async function commit(
  connection: Connection,
  commands: readonly Command[],
  options?: CallOptions,
): Promise<boolean> {
  const executed = await transact(connection, commands, options)
  if (executed === undefined) return false
  for (const [i, outcome] of executed.entries()) {
    if ('refused' in outcome && !isDone(commands[i], outcome.refused)) throw outcome.refused
  }
  return true
}

function isDone(command: Command | undefined, refused: AppError): boolean {
  if (command?.[0] === 'FT.CREATE') return alreadyExists(refused)
  return command?.[0] === 'FT.DROPINDEX' && refused.code === 'INDEX_MISSING'
}
