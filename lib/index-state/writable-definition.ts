import type { CheckedDefinition, IndexDefinition, WrittenDefinition } from '../definition.ts'
import { AppError, show } from '../errors.ts'
import type { CallOptions } from '../redis/redis.ts'
import type { Drift } from './drift-schema.ts'
import { asLive, type IndexDeps, type IndexReading, readIndex } from './index-status.ts'
import { isSameForm } from './live-definition.ts'
import { secondaryDefinition } from './secondary-definition.ts'

export interface Writable {
  /** By what records are checked. */
  checked: CheckedDefinition
  /** How users are written. */
  written: WrittenDefinition
}

/**
 * How records are to be checked and written now. While an index is being built to take the live one's place, a record
 * goes into both: a zero vector that L2 may have would hide users from each other in a live one under COSINE, FLOAT16
 * has no 1e5, and where the two look for users in different places, it is written in both.
 *
 * @throws AppError INDEX_MISSING, INDEX_DRIFTED: users that are written now would not be found, and it can be mended
 */
export async function writableBy(deps: IndexDeps, options?: CallOptions): Promise<Writable> {
  const { definition } = deps
  const { name, vector } = definition
  const { reading, live, other, written } = await writtenBy(deps, options)
  if (reading.info === undefined) throw new AppError('INDEX_MISSING', missing(name))
  const isWrittenInBoth = other !== undefined && isSameForm(other, definition)
  const decisive = reading.drift.find(({ field }) => isDecisive(field, definition, isWrittenInBoth))
  if (decisive !== undefined) throw new AppError('INDEX_DRIFTED', messageOf(name, decisive))
  const others = other === undefined ? [live] : [live, other]
  const alsoFits = others
    .map((one) => one.vector)
    .filter(({ metric, type }) => metric !== vector.metric || type !== vector.type)
  return { checked: alsoFits.length === 0 ? definition : { ...definition, alsoFits }, written }
}

interface Written {
  reading: IndexReading
  live: IndexDefinition
  other: IndexDefinition | undefined
  written: WrittenDefinition
}

/** Where and how users are stored now, whether or not the index would find one that is written. */
export async function writtenBy(deps: IndexDeps, options?: CallOptions): Promise<Written> {
  const reading = await readIndex(deps, options)
  const live = asLive(deps.definition, reading)
  const other = await secondaryDefinition(deps, live, options)
  // By its real name: what is written where it looks is asked of it, though the alias may move meanwhile.
  const name = reading.info?.name ?? live.name
  const written = other === undefined ? deps.definition : { ...live, name, secondary: other }
  return { reading, live, other, written }
}

/** Whether this drift hides from the index the users that are written now. Any other drift hides no user. */
function isDecisive(field: string, { storage, vector }: IndexDefinition, isWrittenInBoth: boolean): boolean {
  const member = (name: string) => `${vector.alias}.${name}`
  // A hash holds the vector's bytes.
  const bytes = storage === 'hash' ? [member('dataType')] : []
  if (['filter', member('type'), member('dimensions')].includes(field)) return true
  return !isWrittenInBoth && ['keyType', 'prefix', member('path'), ...bytes].includes(field)
}

function missing(name: string): string {
  return `Expected the index ${name}, got none: make it with "npm run index -- apply" (PUT /index)`
}

function messageOf(name: string, { field, expected, actual }: Drift): string {
  const difference = `Expected the index ${name} to have ${field} ${show(expected)}, got ${show(actual)}`
  return `${difference}: change it with "npm run index -- apply" (PUT /index), or put the definition right`
}
