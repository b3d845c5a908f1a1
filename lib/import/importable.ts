import { AppError, show } from '../errors.ts'
import { type IndexDeps, readIndex } from '../index/index-status.ts'
import type { Drift } from '../index/index-status-schema.ts'

/** What decides whether a user who is written now is in the index at all; a field's drift costs only that field. */
const DECISIVE = /^(keyType|prefix|filter)$/

/**
 * @throws AppError INDEX_MISSING, INDEX_DRIFTED: users that are written now would not be found, and it can be mended
 */
export async function assertImportable(deps: IndexDeps): Promise<void> {
  const { name, vector } = deps.definition
  const { state, drift } = await readIndex(deps)
  if (state === 'absent') throw new AppError('INDEX_MISSING', `Expected the index ${name}, got none`)
  const decisive = drift.find(({ field }) => DECISIVE.test(field) || field.startsWith(`${vector.alias}.`))
  if (decisive !== undefined) throw new AppError('INDEX_DRIFTED', messageOf(name, decisive))
}

function messageOf(name: string, { field, expected, actual }: Drift): string {
  return `Expected the index ${name} to have ${field} ${show(expected)}, got ${show(actual)}`
}
