import { parseExecOutcomes, transaction } from './commands/transactions.ts'
import { type CallOptions, type Command, type Connection, type Outcome, replyOf } from './redis.ts'

/**
 * Executes the commands as one, and says what became of each; `undefined`, and nothing is executed, when somebody has
 * written a key that the connection watches.
 *
 * @throws AppError when the server refuses to execute them at all
 */
export async function transact(
  connection: Connection,
  commands: readonly Command[],
  options?: CallOptions,
): Promise<Outcome[] | undefined> {
  const outcomes = await connection.pipeline(transaction(commands), options)
  // The first refusal says why; that of EXEC only that there was one.
  return parseExecOutcomes(outcomes.map(replyOf).at(-1) ?? null)
}
