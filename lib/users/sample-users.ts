import type { IndexDefinition } from '../definition.ts'
import { AppError } from '../errors.ts'
import { parseScan, scanArgs } from '../redis/commands/keys.ts'
import type { CallOptions, Redis } from '../redis/redis.ts'
import type { Vector } from '../vector.ts'
import { readUserVectors } from './user-vector.ts'

/** 0.35 ms of the server. */
const KEYS_A_SCAN = 1_000
/** A database may hold little but other keys: at most 100,000 of them are passed. */
const MOST_SCANS = 100
/** What is read at once: 1.5 MB of JSON at 1,536 dimensions. */
const USERS_A_READ = 50

/**
 * About `count` stored users with usable vectors, or all there are. SCAN walks by the hash of the keys, so that the first thousand are as
 * good as drawn by lot, whatever their number; RANDOMKEY knows no prefix, and an offset in the index ends at 10,000.
 */
export async function sampleUsers(
  deps: { redis: Redis; definition: IndexDefinition },
  count: number,
  options?: CallOptions,
): Promise<Map<string, Vector>> {
  const sample = new Map<string, Vector>()
  let cursor = '0'
  for (let scans = 0; scans < MOST_SCANS; scans++) {
    const { prefix } = deps.definition
    const page = parseScan(await deps.redis.send(scanArgs(cursor, prefix, KEYS_A_SCAN), options))
    const ids = page.keys.map((key) => key.slice(prefix.length))
    for (let i = 0; i < ids.length && sample.size < count; i += USERS_A_READ) {
      const vectors = await readUserVectors(deps, ids.slice(i, i + USERS_A_READ), options)
      for (const [id, vector] of vectors) if (!(vector instanceof AppError)) sample.set(id, vector)
    }
    cursor = page.cursor
    if (cursor === '0' || sample.size >= count) break
  }
  return sample
}
