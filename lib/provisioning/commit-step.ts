import type { AppError } from '../errors.ts'
import type { Command } from '../redis/redis.ts'
import { CONFLICT, type Commit } from '../redis/retry-on-conflict.ts'
import { isAlreadyExistsError } from '../redis/server-errors.ts'

/**
 * Executes the commands of a step in one transaction. The creation of an existing index and the drop of a missing one
 * count as success.
 *
 * @returns CONFLICT if another client changed the versions first
 */
export async function commitStep(
  commit: Commit,
  commands: readonly Command[],
): Promise<'committed' | typeof CONFLICT> {
  const executed = await commit(commands)
  if (executed === CONFLICT) return CONFLICT
  for (const [i, outcome] of executed.entries()) {
    if ('refused' in outcome && !isAlreadyDone(commands[i], outcome.refused)) throw outcome.refused
  }
  return 'committed'
}

function isAlreadyDone(command: Command | undefined, refused: AppError): boolean {
  if (command?.[0] === 'FT.CREATE') return isAlreadyExistsError(refused)
  return command?.[0] === 'FT.DROPINDEX' && refused.code === 'INDEX_MISSING'
}
