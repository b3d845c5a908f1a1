import { parseExecOutcomes, toTransaction } from './commands/transactions.ts'
import { type CallOptions, type Command, type Connection, type Outcome, replyOf } from './redis.ts'

/**
 * Executes the commands in one transaction and returns the outcome of each. Returns `undefined`, and executes
 * nothing, if another client wrote a watched key.
 *
 * @throws AppError if the server refuses the whole transaction
 */
export async function transact(
  connection: Connection,
  commands: readonly Command[],
  options?: CallOptions,
): Promise<Outcome[] | undefined> {
  const outcomes = await connection.pipeline(toTransaction(commands), options)
  // The first refusal names the reason. EXEC's refusal only says that there was one.
  return parseExecOutcomes(outcomes.map(replyOf).at(-1) ?? null)
}
