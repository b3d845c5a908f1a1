import { definitionHash, type IndexDefinition, indexName } from '../definition.ts'
import { AppError } from '../errors.ts'
import type { Drift } from '../index-state/drift-schema.ts'
import { indexDrift } from '../index-state/index-drift.ts'
import { isSameForm, liveDefinition } from '../index-state/live-definition.ts'
import { parseVersions, readVersionsArgs, type Versions, versionsKey } from '../index-state/versions.ts'
import { ftInfoArgs, type IndexInfo, parseFtInfo } from '../redis/commands/ft-info.ts'
import { watchArgs } from '../redis/commands/transactions.ts'
import { type CallOptions, type Connection, type Outcome, replyOf } from '../redis/redis.ts'

/** All that decides what is to be done next. */
export interface IndexObservation {
  name: string
  hash: string
  /** What the name leads to. */
  live: IndexInfo | undefined
  /** Of the live index. */
  drift: Drift[]
  /** Whether the live index is to be built anew as it is. */
  needsRebuild: boolean
  /** Whether users have to be copied into another form for the target. */
  copies: boolean
  /** The real name of the index that is as defined, or is to be. */
  target: string
  built: IndexInfo | undefined
  builtDrift: Drift[]
  versions: Versions
}

/**
 * Reads how things stand. The connection watches the key of the versions from before the first look, and every change
 * writes that key: a change that was decided on an outdated observation is not executed.
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
  const copies = live !== undefined && !isSameForm(liveDefinition(definition, live), definition)
  return {
    name,
    hash: definitionHash(definition),
    live,
    drift,
    needsRebuild,
    copies,
    target,
    built,
    builtDrift,
    versions,
  }
}

/** The index that has our name may have been altered, or be spoilt: then the next one is built under a second name. */
function targetName(
  definition: IndexDefinition,
  live: IndexInfo | undefined,
  isToBeReplaced: boolean,
): string {
  const name = indexName(definition)
  return live?.name === name && isToBeReplaced ? `${name}.2` : name
}

function infoOf(outcome: Outcome | undefined): IndexInfo | undefined {
  try {
    return parseFtInfo(replyOf(outcome))
  } catch (error) {
    if (error instanceof AppError && error.code === 'INDEX_MISSING') return undefined
    throw error
  }
}
