import { IMPORTS_KEY, readImport } from '../import/import-ledger.ts'
import { parseZrange, zrangeGreatestArgs } from '../redis/commands/sorted-sets.ts'
import type { CallOptions, Redis } from '../redis/redis.ts'

const NEWEST = 100
/** An import saves its progress with every window, which has 30 s; what is silent for longer waits or has died. */
const SILENT_MS = 15 * 60_000

/** The ids of imports that are RUNNING, and that nobody has written for a quarter of an hour. */
export async function staleImports(redis: Redis, options?: CallOptions): Promise<string[]> {
  const ids = parseZrange(await redis.send(zrangeGreatestArgs(IMPORTS_KEY, NEWEST), options))
  const imports = await Promise.all(ids.map((id) => readImport(redis, id, options)))
  const isStale = imports.map(
    (one) => one?.state === 'RUNNING' && Date.now() - Date.parse(one.updatedAt) > SILENT_MS,
  )
  return ids.filter((_, i) => isStale[i])
}
