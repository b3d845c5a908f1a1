import type { IndexDefinition } from '../definition.ts'
import { AppError } from '../errors.ts'
import { parseScan, scanArgs } from '../redis/commands/keys.ts'
import type { CallOptions, Redis } from '../redis/redis.ts'
import type { Vector } from '../vector.ts'
import { readUserVectors } from './user-vector.ts'

/** Takes the server 0.35 ms. */
const KEYS_PER_SCAN = 1_000
/** A database may contain many other keys: the sample passes at most 100,000 of them. */
const MAX_SCANS = 100
/** One read: 1.5 MB of JSON at 1,536 dimensions. */
const USERS_PER_READ = 50

/**
 * About `count` stored users with usable vectors, or all users if there are fewer. SCAN follows the hash of the keys,
 * so its first thousand are nearly random, whatever their number. RANDOMKEY cannot filter by prefix, and an offset in
 * the index ends at 10,000.
 */
export async function sampleUsers(
  deps: { redis: Redis; definition: IndexDefinition },
  count: number,
  options?: CallOptions,
): Promise<Map<string, Vector>> {
  const sample = new Map<string, Vector>()
  let cursor = '0'
  for (let scans = 0; scans < MAX_SCANS; scans++) {
    const { prefix } = deps.definition
    const page = parseScan(await deps.redis.send(scanArgs(cursor, prefix, KEYS_PER_SCAN), options))
    const ids = page.keys.map((key) => key.slice(prefix.length))
    for (let i = 0; i < ids.length && sample.size < count; i += USERS_PER_READ) {
      const vectors = await readUserVectors(deps, ids.slice(i, i + USERS_PER_READ), options)
      for (const [id, vector] of vectors) if (!(vector instanceof AppError)) sample.set(id, vector)
    }
    cursor = page.cursor
    if (cursor === '0' || sample.size >= count) break
  }
  return sample
}
