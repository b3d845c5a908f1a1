import { IMPORTS_KEY, readImport } from '../import/import-ledger.ts'
import { parseZrange, zrangeGreatestArgs } from '../redis/commands/sorted-sets.ts'
import type { CallOptions, Redis } from '../redis/redis.ts'
import type { VersionFacts } from './version-facts.ts'

const NEWEST = 20
/** An import that lives saves its progress with every window, which has 30 s. */
const SILENT_MS = 60_000

/** Why users must not be copied into another form yet; null when they may. */
export async function copyProblem(
  redis: Redis,
  { built, versions, hash, target }: VersionFacts,
  options?: CallOptions,
): Promise<string | null> {
  // Nobody has kept them up to date, and they would stay: who is there is not copied.
  if (built !== undefined && built.documents > 0 && versions.previous?.index !== target) {
    return `Expected nobody under the prefix ${built.settings.prefix}, got ${built.documents} users: delete them, or choose another prefix`
  }
  const ids = parseZrange(await redis.send(zrangeGreatestArgs(IMPORTS_KEY, NEWEST), options))
  const imports = await Promise.all(ids.map((id) => readImport(redis, id, options)))
  const isOld = imports.some(
    (one) =>
      one?.state === 'RUNNING' &&
      one.definition !== hash &&
      Date.now() - Date.parse(one.updatedAt) < SILENT_MS,
  )
  // It was begun before this was deployed, and writes users in the old form alone.
  return isOld ? 'An import under the earlier definition is running: waiting for it' : null
}
