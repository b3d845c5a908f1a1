import { IMPORTS_KEY, readImport } from '../import/import-ledger.ts'
import type { ImportStatus } from '../import/import-report-schema.ts'
import { parseZrange, zrangeGreatestArgs } from '../redis/commands/sorted-sets.ts'
import type { CallOptions, Redis } from '../redis/redis.ts'
import type { IndexObservation } from './observe-index.ts'

const IMPORTS_A_PAGE = 100
const MOST_PAGES = 100
/** An import that lives saves its progress with every window, which has 30 s. */
const SILENT_MS = 60_000

/** Why users must not be copied into another form yet, whoever forces it: searches would show who is gone. null when they may. */
export async function backfillProblem(
  redis: Redis,
  { built, versions, hash, target }: IndexObservation,
  options?: CallOptions,
): Promise<string | null> {
  // Nobody has kept them up to date, and they would stay: who is there is not copied.
  if (built !== undefined && built.documents > 0 && versions.previous?.index !== target) {
    return `Expected nobody under the prefix ${built.settings.prefix}, got ${built.documents} users: delete them, or choose another prefix`
  }
  const isOld = await someImport(redis, (one) => isRunning(one) && one.definition !== hash, options)
  // It was begun before this was deployed, and writes users in the old form alone.
  return isOld ? 'An import under the earlier definition is running: waiting for it' : null
}

function isRunning({ state, updatedAt }: ImportStatus): boolean {
  return state === 'RUNNING' && Date.now() - Date.parse(updatedAt) < SILENT_MS
}

/** Of the 10,000 that began last. A long one has many behind it that came, and went, after it. */
async function someImport(
  redis: Redis,
  isIt: (one: ImportStatus) => boolean,
  options?: CallOptions,
): Promise<boolean> {
  for (let page = 0; page < MOST_PAGES; page++) {
    const command = zrangeGreatestArgs(IMPORTS_KEY, IMPORTS_A_PAGE, page * IMPORTS_A_PAGE)
    const ids = parseZrange(await redis.send(command, options))
    const imports = await Promise.all(ids.map((id) => readImport(redis, id, options)))
    if (imports.some((one) => one !== undefined && isIt(one))) return true
    if (ids.length < IMPORTS_A_PAGE) return false
  }
  return false
}
