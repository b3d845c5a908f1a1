import { parseZrange, zrangeGreatestArgs } from '../redis/commands/sorted-sets.ts'
import type { CallOptions, Redis } from '../redis/redis.ts'
import { IMPORTS_KEY, readImport } from './import-ledger.ts'
import type { ImportStatus } from './import-report-schema.ts'

const PAGE = 100

/** The imports by their start, newest first, in pages of a hundred. */
export async function* newestImports(redis: Redis, options?: CallOptions): AsyncIterable<ImportStatus[]> {
  for (let from = 0; ; from += PAGE) {
    const ids = parseZrange(await redis.send(zrangeGreatestArgs(IMPORTS_KEY, PAGE, from), options))
    const imports = await Promise.all(ids.map((id) => readImport(redis, id, options)))
    yield imports.filter((one) => one !== undefined)
    if (ids.length < PAGE) return
  }
}

/** The hundred newest imports. */
export async function newestHundred(redis: Redis, options?: CallOptions): Promise<ImportStatus[]> {
  for await (const page of newestImports(redis, options)) return page
  return []
}
