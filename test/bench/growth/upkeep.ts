import { setTimeout as delay } from 'node:timers/promises'
import { type RedisServer, startRedis } from '../../../dev/redis/start.ts'
import { checkIndex } from '../../../lib/check/check-index.ts'
import { continueSweep, newSweep } from '../../../lib/check/sweep.ts'
import { defineIndex, type IndexDefinition } from '../../../lib/definition.ts'
import { isComplete, readInfo } from '../../../lib/index-state/index-status.ts'
import { provisionIndex } from '../../../lib/provisioning/provision-index.ts'
import { measureRecall } from '../../../lib/recall/measure-recall.ts'
import { connectRedis } from '../../../lib/redis/connection.ts'
import type { RedisPool } from '../../../lib/redis/redis.ts'

interface Deps {
  redis: RedisPool
  definition: IndexDefinition
}

/** As deployed: `timeout` of check-index in serverless.yml, less its reserve. */
const CHECK_MS = 190_000
const HOUR_MS = 3_600_000

/** Seconds of each job that runs while the stage is in use. */
export async function timeUpkeep({ redis, definition }: Deps) {
  const measure = await seconds(() => measureRecall({ redis, definition }, { timeMs: 600_000 }))
  const log = { info() {}, warn() {}, error() {} }
  // Without the look at every user, which the schedule spreads over several checks.
  const check = await seconds(() =>
    checkIndex({ redis, definition, log, metrics: () => {}, maxK: 1000 }, { until: 0 }),
  )
  const info = await readInfo(redis, definition.name)
  if (info === undefined) throw new Error('Expected an index')
  const sweep = await seconds(() =>
    continueSweep({ redis, definition, index: info.name }, newSweep(), {
      ...{ until: Date.now() + HOUR_MS, share: 1, mayQuarantine: false },
    }),
  )
  if (sweep.result.finishedAt === null || sweep.result.notSearchable > 0)
    throw new Error(`Expected every user to be searchable, got ${JSON.stringify(sweep.result)}`)
  return {
    measure: measure.seconds,
    recall: measure.result,
    check: check.seconds,
    sweep: sweep.seconds,
    checksForSweep: Math.ceil((sweep.seconds * 50) / (CHECK_MS / 1000)),
  }
}

/** A new version with another M: built from the stored users, proved, and swapped in. */
export async function timeMigration({ redis, definition }: Deps) {
  const { m } = definition.vector
  const changed = defineIndex(definition, { vector: { m: m + 1 } })
  const usedBefore = await usedMemory(redis)
  let most = 0
  const watching = new AbortController()
  const watch = (async () => {
    while (!watching.signal.aborted) {
      most = Math.max(most, await usedMemory(redis))
      await delay(500, undefined, { signal: watching.signal }).catch(() => {})
    }
  })()
  const { result, ...took } = await seconds(() =>
    provisionIndex({ redis, definition: changed }, { waitUntil: Date.now() + HOUR_MS }),
  )
  watching.abort()
  await watch
  if (result.state !== 'ready' || result.change !== 'migrated')
    throw new Error(`Expected a migrated index, got ${result.state}, ${result.change}`)
  return { seconds: took.seconds, moreMemory: most / usedBefore, definition: changed }
}

/** Saves the data, stops Redis and starts it again on them: until it answers, and until the index is whole. */
export async function timeRestart(
  server: RedisServer,
  { redis, definition, dir }: Deps & { dir: string },
): Promise<{ server: RedisServer; redis: RedisPool; answers: number; whole: number }> {
  const name = definition.name
  const before = await readInfo(redis, name)
  await redis.send(['SAVE'], { deadline: Date.now() + HOUR_MS })
  await redis.close()
  await server.kill()
  const startedAt = performance.now()
  const again = await startRedis({ dir })
  const answers = (performance.now() - startedAt) / 1000
  const pool = connectRedis({ source: { from: 'environment', url: again.url } })
  for (;;) {
    const info = await readInfo(pool, name)
    if (info !== undefined && isComplete(info) && info.documents === before?.documents) break
    await delay(100)
  }
  return { server: again, redis: pool, answers, whole: (performance.now() - startedAt) / 1000 }
}

export async function usedMemory(redis: RedisPool, what = 'used_memory'): Promise<number> {
  const info = String(await redis.send(['INFO', 'memory'], { deadline: Date.now() + 60_000 }))
  return Number(new RegExp(`^${what}:(\\d+)`, 'm').exec(info)?.[1])
}

async function seconds<T>(run: () => Promise<T>): Promise<{ result: T; seconds: number }> {
  const startedAt = performance.now()
  const result = await run()
  return { result, seconds: (performance.now() - startedAt) / 1000 }
}
