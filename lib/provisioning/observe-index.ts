import { definitionHash, type IndexDefinition, indexName } from '../definition.ts'
import { AppError } from '../errors.ts'
import type { Drift } from '../index-state/drift-schema.ts'
import { indexDrift } from '../index-state/index-drift.ts'
import { isSameForm, liveDefinition } from '../index-state/live-definition.ts'
import { parseVersions, readVersionsArgs, type Versions, versionsKey } from '../index-state/versions.ts'
import { ftInfoArgs, type IndexInfo, parseFtInfo } from '../redis/commands/ft-info.ts'
import { watchArgs } from '../redis/commands/transactions.ts'
import { type CallOptions, type Connection, type Outcome, replyOf } from '../redis/redis.ts'

/** All input of the next decision. */
export interface IndexObservation {
  name: string
  hash: string
  /** The index behind the alias. */
  live: IndexInfo | undefined
  /** The drift of the live index. */
  drift: Drift[]
  /** Whether the live index needs a rebuild with the same definition. */
  needsRebuild: boolean
  /** Whether the target needs a backfill, because its users are stored in another form. */
  needsBackfill: boolean
  /** The real name of the index that has, or will have, this definition. */
  target: string
  built: IndexInfo | undefined
  builtDrift: Drift[]
  versions: Versions
}

/**
 * Observes the index. The connection watches the key of the versions from before the first read, and every change
 * writes that key. So a change that depends on an outdated observation is not executed.
 */
export async function observeIndex(
  connection: Connection,
  definition: IndexDefinition,
  options?: CallOptions,
): Promise<IndexObservation> {
  const { name } = definition
  const commands = [watchArgs(versionsKey(name)), readVersionsArgs(name), ftInfoArgs(name)]
  const outcomes = await connection.pipeline(commands, options)
  const versions = parseVersions(replyOf(outcomes[1]))
  const live = infoOf(outcomes[2])
  const drift = live === undefined ? [] : indexDrift(definition, live)
  const needsRebuild = live !== undefined && versions.needsRebuild === live.name
  const target = targetName(definition, live, drift.length > 0 || needsRebuild)
  const [about] = await connection.pipeline([ftInfoArgs(target)], options)
  const built = infoOf(about)
  const builtDrift = built === undefined ? [] : indexDrift(definition, built)
  const needsBackfill = live !== undefined && !isSameForm(liveDefinition(definition, live), definition)
  return {
    name,
    hash: definitionHash(definition),
    live,
    drift,
    needsRebuild,
    needsBackfill,
    target,
    built,
    builtDrift,
    versions,
  }
}

/**
 * The live index may have the target's name and still drift or need a rebuild. Then the next index has a second name.
 */
function targetName(
  definition: IndexDefinition,
  live: IndexInfo | undefined,
  needsReplacement: boolean,
): string {
  const name = indexName(definition)
  return live?.name === name && needsReplacement ? `${name}.2` : name
}

function infoOf(outcome: Outcome | undefined): IndexInfo | undefined {
  try {
    return parseFtInfo(replyOf(outcome))
  } catch (error) {
    if (error instanceof AppError && error.code === 'INDEX_MISSING') return undefined
    throw error
  }
}
