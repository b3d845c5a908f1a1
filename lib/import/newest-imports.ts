import { parseZrange, zrangeGreatestArgs } from '../redis/commands/sorted-sets.ts'
import type { CallOptions, Redis } from '../redis/redis.ts'
import { IMPORTS_KEY, readImport } from './import-ledger.ts'
import type { ImportStatus } from './import-report-schema.ts'

const PAGE = 100

export interface NewestOptions extends CallOptions {
  /** Only imports of this bucket: two stacks on one Redis share the list, but not the bucket. */
  bucket?: string | undefined
}

/** The imports by their start, newest first, in pages of at most a hundred. */
export async function* newestImports(
  redis: Redis,
  { bucket, ...options }: NewestOptions = {},
): AsyncIterable<ImportStatus[]> {
  for (let from = 0; ; from += PAGE) {
    const ids = parseZrange(await redis.send(zrangeGreatestArgs(IMPORTS_KEY, PAGE, from), options))
    const imports = await Promise.all(ids.map((id) => readImport(redis, id, options)))
    yield imports.filter(
      (one): one is ImportStatus => one !== undefined && (bucket === undefined || one.bucket === bucket),
    )
    if (ids.length < PAGE) return
  }
}

/** The hundred newest imports. */
export async function newestHundred(redis: Redis, options?: NewestOptions): Promise<ImportStatus[]> {
  const found: ImportStatus[] = []
  for await (const page of newestImports(redis, options)) {
    found.push(...page)
    if (found.length >= PAGE) break
  }
  return found.slice(0, PAGE)
}
