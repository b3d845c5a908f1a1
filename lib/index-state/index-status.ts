import { definitionHash, type IndexDefinition } from '../definition.ts'
import { AppError } from '../errors.ts'
import { ftInfoArgs, type IndexInfo, parseFtInfo } from '../redis/commands/ft-info.ts'
import { ftSearchCountArgs, parseFtSearch } from '../redis/commands/ft-search.ts'
import { infoServerArgs, moduleListArgs, parseInfoServer, parseModuleList } from '../redis/commands/server.ts'
import type { CallOptions, Redis } from '../redis/redis.ts'
import { serverKind } from '../redis/server-kind.ts'
import { toBytes, toVector } from '../vector.ts'
import { readCheck } from './check-store.ts'
import type { Drift } from './drift-schema.ts'
import { indexDrift } from './index-drift.ts'
import type { IndexState, IndexStatus, MigrationStatus } from './index-status-schema.ts'
import { liveDefinition } from './live-definition.ts'
import { type Recall, readRecall } from './recall-store.ts'
import { type Migration, readVersions } from './versions.ts'

/** The reply of FT.INFO, compared with the definition. */
export interface IndexReading {
  state: IndexState
  /** 0..100 */
  percentIndexed: number
  drift: Drift[]
  info: IndexInfo | undefined
  /** The last measurement of this index. A measurement of another one does not count. */
  recall: Recall | null
}

export interface IndexDeps {
  redis: Redis
  definition: IndexDefinition
}

/** Reads FT.INFO through the alias and compares it with the definition. The same round trip reads the recall. */
export async function readIndex(deps: IndexDeps, options?: CallOptions): Promise<IndexReading> {
  const { definition } = deps
  const { redis } = deps
  const [info, recall] = await Promise.all([
    readInfo(redis, definition.name, options),
    readRecall(deps, options),
  ])
  if (info === undefined) return { state: 'absent', percentIndexed: 0, drift: [], info, recall: null }
  const drift = indexDrift(definition, info)
  return {
    state: stateOf(info, drift),
    percentIndexed: toPercent(info),
    drift,
    info,
    recall: recall?.index === info.name ? recall : null,
  }
}

/** Reads an index by its real name or an alias. Returns undefined if it does not exist. */
export async function readInfo(
  redis: Redis,
  name: string,
  options?: CallOptions,
): Promise<IndexInfo | undefined> {
  try {
    return parseFtInfo(await redis.send(ftInfoArgs(name), options))
  } catch (error) {
    if (error instanceof AppError && error.code === 'INDEX_MISSING') return undefined
    throw error
  }
}

export async function indexStatus(deps: IndexDeps, options?: CallOptions): Promise<IndexStatus> {
  const { redis, definition } = deps
  const { state, percentIndexed, drift, info, recall } = await readIndex(deps, options)
  const [searchable, { migration, previous, owner }, check, server, modules] = await Promise.all([
    countSearchable(deps, info?.documents ?? 0, options),
    readVersions(redis, definition.name, options),
    readCheck(deps, options),
    redis.send(infoServerArgs(), options).then(parseInfoServer),
    redis.send(moduleListArgs(), options).then(parseModuleList),
  ])
  return {
    name: definition.name,
    index: info?.name ?? null,
    definitionHash: definitionHash(definition),
    state,
    percentIndexed,
    documents: info?.documents ?? 0,
    searchable,
    failures: info?.failures ?? 0,
    drift,
    change: migration === null ? 'unchanged' : 'migrating',
    migration: migration === null ? null : await migrationStatus(redis, migration, options),
    previous,
    owner,
    memory: info?.memoryBytes ?? 0,
    server: { redis: server.version, modules, ...serverKind(server.info, modules) },
    recall,
    check,
  }
}

async function migrationStatus(
  redis: Redis,
  migration: Migration,
  options?: CallOptions,
): Promise<MigrationStatus> {
  const info = await readInfo(redis, migration.to, options)
  return {
    ...migration,
    percentIndexed: info === undefined ? 0 : toPercent(info),
    documents: info?.documents ?? 0,
  }
}

/** The definition of the live index. It differs from `definition` during a migration or after a rollback. */
export function liveDefinitionOf(
  definition: IndexDefinition,
  { drift, info }: IndexReading,
): IndexDefinition {
  return info === undefined || drift.length === 0 ? definition : liveDefinition(definition, info)
}

/** Whether RediSearch has looked at all documents that existed when the build began. */
export function isComplete({ indexing, percentIndexed }: IndexInfo): boolean {
  return !indexing && percentIndexed >= 1
}

function stateOf(info: IndexInfo, drift: Drift[]): IndexState {
  if (drift.length > 0) return 'drifted'
  // Newer servers stop a background build that runs out of memory. Such an index stays incomplete.
  if (info.backgroundStatus !== 'OK') return 'partial'
  return isComplete(info) ? 'ready' : 'building'
}

/**
 * The percentage that is indexed, at most 99.9 during a build: RediSearch divides by the number of keys at the start of
 * the build, and reported 807 % during an import.
 */
function toPercent({ percentIndexed, indexing }: IndexInfo): number {
  return Math.min(indexing ? 99.9 : 100, Math.round(percentIndexed * 1000) / 10)
}

/** Brute force over 50,000 vectors of 384 dimensions takes 0.1 s, during which Redis serves no other client. */
const MAX_COUNTED = 50_000

/** Counts by a search: num_docs also counts documents without a vector, and no counter of FT.INFO separates them. */
async function countSearchable(
  { redis, definition }: IndexDeps,
  documents: number,
  options?: CallOptions,
): Promise<number | null> {
  const { name, vector } = definition
  if (documents === 0) return 0
  if (documents > MAX_COUNTED) return null
  const anyVector = toBytes(toVector(new Array(vector.dimensions).fill(1), vector), vector.type)
  const command = ftSearchCountArgs(name, vector.alias, { vector: anyVector, documents })
  try {
    return parseFtSearch(await redis.send(command, options)).total
  } catch (error) {
    // A drifted index may have other dimensions or no vector. Then the drift reports it, and there is no count.
    if (error instanceof AppError && error.code === 'REDIS_ERROR') return null
    throw error
  }
}
