import type { AppError } from '../errors.ts'
import { parseExecOutcomes, transaction } from '../redis/commands/transactions.ts'
import { type CallOptions, type Command, type Connection, replyOf } from '../redis/redis.ts'
import { alreadyExists } from '../redis/server-errors.ts'

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
  const outcomes = await connection.pipeline(transaction(commands), options)
  // The first refusal says why; that of EXEC only that there was one.
  const executed = parseExecOutcomes(outcomes.map(replyOf).at(-1) ?? null)
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
