import type { S3Client } from '@aws-sdk/client-s3'
import { expect } from 'vitest'
import type { ImportReport } from '../../lib/import/import-report-schema.ts'
import type { Redis } from '../../lib/redis/redis.ts'
import { bikeShop } from './bike-shop.ts'
import { line } from './imports.ts'
import { keys, read } from './s3.ts'

/** Of one window; two of them are in flight. */
const WINDOW = 256
export const TWO_WINDOWS = 2 * WINDOW

/**
 * A file of some twenty windows: users, users who come again (in the same window and ten windows later), some who are
 * deleted again, and, if wished, records that are rejected.
 */
export function mixedFile({ rejects }: { rejects: boolean }): string {
  return Array.from({ length: 20 * WINDOW }, (_, i) => {
    if (rejects && i % 50 === 7) return line(i, [0, 0, 0])
    if (i % 40 === 11) return line(i - 3, [1, 2, i])
    if (i >= 10 * WINDOW && i % 30 === 13) return line(i - 10 * WINDOW, [2, 1, i])
    if (i >= 10 * WINDOW && i % 30 === 17) return `{"id":${i - 10 * WINDOW},"deleted":true}\n`
    return line(i, [1, i + 1, 0.5], { labels: 'kids, road', n: i })
  }).join('')
}

/** All that an import leaves behind: the users, how many of them can be found, the counts, the rejects' file. */
export async function endState(redis: Redis, client: S3Client, { read: count, ...report }: ImportReport) {
  const { written, unchanged, deleted, rejected, searchable, problem, state, durability } = report
  expect(written + unchanged + deleted + rejected).toBe(count)
  expect(searchable).toBe(written)
  const found = Number(await redis.send(['EVAL', "return #redis.call('KEYS','user:*')", '0']))
  await expect.poll(() => countSearchable(redis)).toBe(found)
  const files = (await keys(client)).filter((key) => key?.endsWith('.rejects.ndjson'))
  return {
    users: await documents(redis),
    counts: { count, kept: written + unchanged, deleted, rejected, problem, state, durability },
    rejects: await Promise.all(files.map((key = '') => read(client, key))),
  }
}

async function documents(redis: Redis): Promise<Record<string, unknown>> {
  const found = await redis.send(['KEYS', 'user:*'])
  const names = Array.isArray(found) ? found.map(String).toSorted() : []
  const texts = await redis.send(['JSON.MGET', ...names, '$'])
  return Object.fromEntries(names.map((name, i) => [name, Array.isArray(texts) && texts[i]]))
}

/** Who is in the index, for a search of everyone. */
async function countSearchable(redis: Redis): Promise<number> {
  const reply = await redis.send(['FT.SEARCH', bikeShop.name, '*', 'LIMIT', '0', '0', 'DIALECT', '2'])
  const isMap = typeof reply === 'object' && reply !== null && 'total_results' in reply
  return isMap ? Number(reply.total_results) : Number.NaN
}
