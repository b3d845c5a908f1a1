import type { IndexDefinition } from '../definition.ts'
import { AppError, show } from '../errors.ts'
import type { Drift } from '../index/drift-schema.ts'
import { type IndexDeps, readIndex } from '../index/index-status.ts'

/** What decides whether a user who is written now is in the index at all; any other drift costs no user. */
const DECISIVE = /^(keyType|prefix|filter)$/
const DECISIVE_OF_VECTOR = /\.(type|path|dimensions)$/

/**
 * The definition that records are to be checked by. While an index is being built to take the live one's place, a
 * record goes into both: a zero vector that L2 may have would hide users from each other in a live one under COSINE.
 *
 * @throws AppError INDEX_MISSING, INDEX_DRIFTED: users that are written now would not be found, and it can be mended
 */
export async function importableBy(deps: IndexDeps): Promise<IndexDefinition> {
  const { definition } = deps
  const { name, vector } = definition
  const { state, drift } = await readIndex(deps)
  if (state === 'absent') throw new AppError('INDEX_MISSING', `Expected the index ${name}, got none`)
  const ofVector = drift.filter(({ field }) => field.startsWith(`${vector.alias}.`))
  const decisive =
    drift.find(({ field }) => DECISIVE.test(field)) ??
    ofVector.find(({ field }) => DECISIVE_OF_VECTOR.test(field))
  if (decisive !== undefined) throw new AppError('INDEX_DRIFTED', messageOf(name, decisive))
  const isCosine = ofVector.some(({ field, actual }) => field.endsWith('.metric') && actual === 'COSINE')
  return isCosine ? { ...definition, vector: { ...vector, metric: 'COSINE' } } : definition
}

function messageOf(name: string, { field, expected, actual }: Drift): string {
  return `Expected the index ${name} to have ${field} ${show(expected)}, got ${show(actual)}`
}
