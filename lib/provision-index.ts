import { type IndexDefinition, indexName } from './definition.ts'
import { type IndexDeps, indexStatus, readIndex } from './index/index-status.ts'
import type { ProvisionResult } from './index/index-status-schema.ts'
import { ftAliasAddArgs } from './redis/commands/ft-alias.ts'
import { ftCreateArgs } from './redis/commands/ft-create.ts'
import type { CallOptions, Command, Redis } from './redis/redis.ts'
import { alreadyExists } from './redis/server-errors.ts'

/**
 * Creates the index of the definition when its name leads nowhere, and says how it stands. An index that exists is
 * compared, never altered or dropped. Safe when many call at once: who loses a race finds what the winner made.
 */
export async function provisionIndex(deps: IndexDeps, options?: CallOptions): Promise<ProvisionResult> {
  const { state } = await readIndex(deps, options)
  const created = state === 'absent' && (await createIndex(deps.redis, deps.definition, options))
  return { ...(await indexStatus(deps, options)), change: created ? 'created' : 'unchanged' }
}

/** The index first, then the alias: a crash between the two leaves an index that the next run finds and names. */
async function createIndex(
  redis: Redis,
  definition: IndexDefinition,
  options?: CallOptions,
): Promise<boolean> {
  const index = indexName(definition)
  const madeIndex = await createOnce(redis, ftCreateArgs(index, definition), options)
  const madeAlias = await createOnce(redis, ftAliasAddArgs(definition.name, index), options)
  return madeIndex || madeAlias
}

async function createOnce(redis: Redis, command: Command, options?: CallOptions): Promise<boolean> {
  try {
    await redis.send(command, options)
    return true
  } catch (error) {
    if (alreadyExists(error)) return false
    throw error
  }
}
