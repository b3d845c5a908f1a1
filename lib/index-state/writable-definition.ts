import type { CheckedDefinition, IndexDefinition, WrittenDefinition } from '../definition.ts'
import { AppError, show } from '../errors.ts'
import type { CallOptions } from '../redis/redis.ts'
import type { Drift } from './drift-schema.ts'
import { type IndexDeps, type IndexReading, liveDefinitionOf, readIndex } from './index-status.ts'
import { isSameForm } from './live-definition.ts'
import { secondaryDefinition } from './secondary-definition.ts'

export interface WritableDefinition {
  /** The rules for a record: during a migration, those of both indexes. */
  checked: CheckedDefinition
  /** The forms in which a user is written: during a dual write, those of both indexes. */
  written: WrittenDefinition
}

/**
 * Returns how to check and write records now. During a migration, a record goes into both indexes, so both must
 * accept its vector. L2 accepts a zero vector, which would hide users under COSINE; FLOAT16 cannot store 1e5. If the
 * two indexes store users in different places, each record is written to both (dual write).
 *
 * @throws AppError INDEX_MISSING, INDEX_DRIFTED: searches would not find users that are written now, and a repair is
 * possible
 */
export async function readWritableDefinition(
  deps: IndexDeps,
  options?: CallOptions,
): Promise<WritableDefinition> {
  const { definition } = deps
  const { name, vector } = definition
  const { reading, live, other, written } = await readWriteTarget(deps, options)
  if (reading.info === undefined) throw new AppError('INDEX_MISSING', describeMissing(name))
  const isDualWrite = other !== undefined && isSameForm(other, definition)
  const decisive = reading.drift.find(({ field }) => isDecisive(field, definition, isDualWrite))
  if (decisive !== undefined) throw new AppError('INDEX_DRIFTED', describeDrift(name, decisive))
  const others = other === undefined ? [live] : [live, other]
  const secondaryVectors = others
    .map((one) => one.vector)
    .filter(({ metric, type }) => metric !== vector.metric || type !== vector.type)
  const checked = secondaryVectors.length === 0 ? definition : { ...definition, secondaryVectors }
  return { checked: written.secondary === undefined ? checked : { ...checked, isDualWrite: true }, written }
}

interface WriteTarget {
  reading: IndexReading
  live: IndexDefinition
  other: IndexDefinition | undefined
  written: WrittenDefinition
}

/** Where and how users are stored now, even if the index would not find a new user. */
export async function readWriteTarget(deps: IndexDeps, options?: CallOptions): Promise<WriteTarget> {
  const reading = await readIndex(deps, options)
  const live = liveDefinitionOf(deps.definition, reading)
  const other = await secondaryDefinition(deps, live, options)
  // The real name, because the alias may move between the write and the question whether the users are indexed.
  const name = reading.info?.name ?? live.name
  const written = other === undefined ? deps.definition : { ...live, name, secondary: other }
  return { reading, live, other, written }
}

/** Whether this drift hides newly written users from the index. Any other drift hides no user. */
function isDecisive(field: string, { storage, vector }: IndexDefinition, isDualWrite: boolean): boolean {
  const member = (name: string) => `${vector.alias}.${name}`
  // A hash stores the vector's bytes, so their type matters, too.
  const bytes = storage === 'hash' ? [member('dataType')] : []
  if (['filter', member('type'), member('dimensions')].includes(field)) return true
  return !isDualWrite && ['keyType', 'prefix', member('path'), ...bytes].includes(field)
}

function describeMissing(name: string): string {
  return `Expected the index ${name}, got none: create it with "npm run index -- apply" (PUT /index)`
}

function describeDrift(name: string, { field, expected, actual }: Drift): string {
  const difference = `Expected the index ${name} to have ${field} ${show(expected)}, got ${show(actual)}`
  return `${difference}: change it with "npm run index -- apply" (PUT /index), or correct the definition`
}
