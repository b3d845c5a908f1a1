import { setTimeout as sleep } from 'node:timers/promises'
import type { S3Event } from 'aws-lambda'
import { beforeAll, describe, expect, it } from 'vitest'
import { readLedger } from '../../lib/import/import-ledger.ts'
import { importId } from '../../lib/import/import-report.ts'
import type { ImportReport } from '../../lib/import/import-report-schema.ts'
import { provisionIndex } from '../../lib/provisioning/provision-index.ts'
import type { RedisPool } from '../../lib/redis/redis.ts'
import { bikeShop, connectTo, storeBikeShop } from '../support/bike-shop.ts'
import { distribution } from '../support/distribution.ts'
import { importBucket, startImporter } from '../support/import-environment.ts'
import { line } from '../support/imports.ts'
import { BUCKET } from '../support/s3.ts'
import { type Searched, startSearch } from '../support/search-environment.ts'
import { DOWN_AFTER_MS, useSentinels } from '../support/sentinels.ts'

const RUNS = 20
const USERS = 3_000
const SEARCHES_A_SECOND = 50
/** One environment each, one search at a time: enough that one is free for each, or the failures would be too few. */
const SEARCHERS = 30
const QUESTION = { vector: [0.9, 0.7, 0.2], k: 2 }
/** Searches have a second; what the machine adds is the fault suite's usual slack. */
const BUDGET_MS = 1_000
const SLACK_MS = 100
/** A vote of the sentinels that ended in a tie is held again after twice their failover-timeout. */
const BACK_AFTER_MS = 10_000

interface TimedSearch extends Searched {
  /** By the clock of this process. */
  endedAt: number
}

describe('a failover of Redis, with three sentinels and two replicas,', () => {
  const redis = useSentinels()
  let admin: RedisPool
  beforeAll(async () => {
    admin = connectTo(redis)
    await provisionIndex({ redis: admin, definition: bikeShop })
    await storeBikeShop(admin)
    return () => admin.close()
  })

  const fileOf = (label: string) =>
    Array.from({ length: USERS }, (_, i) => line(`${label}-${i}`, [1, i + 1, 2])).join('')
  const countOf = async (label: string) =>
    Number(await admin.send(['EVAL', `return #redis.call('KEYS','user:${label}-*')`, '0']))

  it(`in the middle of an import, or right behind it, and under 50 searches a second, ${RUNS} times`, async () => {
    const { url, upload } = await importBucket()
    const env = { REDIS_URL: redis.urlOf('import-users'), REDIS_WAIT_REPLICAS: '1', LOG_LEVEL: 'WARN' }
    const importer = await startImporter(url, env)
    const searchers = await Promise.all(
      Array.from({ length: SEARCHERS }, () => startSearch({ REDIS_URL: redis.urlOf('search-users') })),
    )
    // One after the other: all first connections at once would take these processors for a second.
    for (const { search } of searchers) await search(QUESTION, { timeoutMs: 15_000 })
    const outages: number[] = []
    const all: TimedSearch[] = []
    const errors: TimedSearch[] = []
    let unserved = 0

    /** Kills the primary, and has the import delivered until it has ended. */
    async function importThroughFailover(run: number): Promise<number> {
      const label = `run${run}`
      const event = await upload(fileOf(label), `imports/${label}.ndjson`)
      const primary = await redis.primary()
      const importing = importer.invoke(event)
      // What has ended is acknowledged by a replica; what has not is done again.
      if (run % 4 === 3) expect(stateOf((await importing).result)).toBe('COMPLETED')
      else await expect.poll(() => countOf(label), { interval: 5 }).toBeGreaterThan(0)
      const killedAt = performance.now()
      await primary.kill()

      let { result } = await importing
      for (let tries = 0; reportOf(result) === undefined && tries < 60; tries++) {
        await sleep(250)
        result = (await importer.invoke(event)).result
      }
      const complete = { state: expect.stringMatching(/COMPLETED|DUPLICATE/), read: USERS, rejected: 0 }
      expect(reportOf(result)).toMatchObject({ ...complete, durability: 'replicated' })
      // The import may have ended just before; then it is this that waits for the failover.
      await expect.poll(() => countOf(label), { timeout: 30_000 }).toBe(USERS)
      // Or each server that comes back would have more users to build its index of.
      await admin.send(['EVAL', `redis.call('DEL', unpack(redis.call('KEYS','user:${label}-*')))`, '0'])
      await redis.restart(primary)
      return killedAt
    }

    for (let run = 0; run < RUNS; run++) {
      const load = searchFrom(searchers)
      const killedAt = await importThroughFailover(run).finally(load.stop)
      const { searches, withoutEnvironment } = await load.stop()
      unserved += withoutEnvironment
      const failed = searches.filter(({ outcome }) => typeof outcome === 'string')
      outages.push(Math.max(0, ...failed.map(({ endedAt }) => endedAt - killedAt)))
      errors.push(...failed)
      all.push(...searches)
    }

    const timesOf = (searches: TimedSearch[]) => searches.map(({ ms }) => ms)
    console.log(
      `${RUNS} failovers, ${all.length} searches; ${errors.length} failed: ${distribution(timesOf(errors))}`,
    )
    console.log(
      `searches were back after ${distribution(outages)}; down is who is silent for ${DOWN_AFTER_MS} ms`,
    )
    expect(unserved).toBe(0)
    // At least half of what came in the second in which the sentinels only wait: with fewer nothing was killed.
    expect(errors.length).toBeGreaterThan((RUNS * SEARCHES_A_SECOND * DOWN_AFTER_MS) / 1_000 / 2)
    expect(errors.map(({ outcome }) => outcome).filter((code) => code !== 'REDIS_UNAVAILABLE')).toEqual([])
    expect(Math.max(...timesOf(all))).toBeLessThan(BUDGET_MS + SLACK_MS)
    expect(Math.max(...outages)).toBeLessThan(BACK_AFTER_MS)
  })

  it('leaves no trace of a writer that a frozen primary still has, once another has imported on the new one', async () => {
    const { url, upload } = await importBucket()
    const env = { REDIS_URL: redis.urlOf('import-users'), REDIS_WAIT_REPLICAS: '1', LOG_LEVEL: 'WARN' }
    const [late, next] = await Promise.all([startImporter(url, env), startImporter(url, env)])
    const key = 'imports/fenced.ndjson'
    const frozen = await redis.primary()
    const first = late.invoke(await upload(fileOf('late'), key))
    await expect.poll(() => countOf('late'), { interval: 5 }).toBeGreaterThan(0)
    process.kill(frozen.pid, 'SIGSTOP')
    let event: S3Event | undefined
    try {
      await expect.poll(async () => (await redis.primary()).port, { timeout: 20_000 }).not.toBe(frozen.port)
      event = await upload(fileOf('next'), key)
      await expect
        .poll(async () => stateOf((await next.invoke(event)).result), { timeout: 20_000, interval: 250 })
        .toBe('COMPLETED')
    } finally {
      process.kill(frozen.pid, 'SIGCONT')
    }
    expect(stateOf((await first).result)).not.toBe('COMPLETED')
    await redis.settled()

    const onNew = connectTo(redis)
    const { report, checkpoint } = await readLedger(onNew, importId(BUCKET, key))
    const etag = event?.Records[0]?.s3.object.eTag
    expect(report).toMatchObject({ state: 'COMPLETED', read: USERS, rejected: 0, etag })
    expect(checkpoint).toBeUndefined()
    await onNew.close()
    expect(await countOf('next')).toBe(USERS)
    const thawed = connectTo(frozen)
    const count = async () =>
      Number(await thawed.send(['EVAL_RO', "return #redis.call('KEYS','user:late-*')", '0']))
    expect(await count()).toBe(await countOf('late'))
    await thawed.close()
  })
})

/** Fifty searches a second until they are stopped, whatever becomes of those before. */
function searchFrom(searchers: Awaited<ReturnType<typeof startSearch>>[]) {
  const idle = [...searchers]
  const running = new Set<Promise<unknown>>()
  const searches: TimedSearch[] = []
  const startedAt = performance.now()
  let begun = 0
  let withoutEnvironment = 0

  async function searchOnce({ search }: (typeof searchers)[number]) {
    const searched = await search(QUESTION)
    searches.push({ ...searched, endedAt: performance.now() })
  }
  const timer = setInterval(() => {
    const due = ((performance.now() - startedAt) * SEARCHES_A_SECOND) / 1_000
    for (; begun < due; begun++) {
      const searcher = idle.shift()
      if (searcher === undefined) withoutEnvironment++
      else {
        const done = searchOnce(searcher).then(() => {
          idle.push(searcher)
          running.delete(done)
        })
        // It is told by stop().
        done.catch(() => {})
        running.add(done)
      }
    }
  }, 1_000 / SEARCHES_A_SECOND)

  return {
    async stop() {
      clearInterval(timer)
      await Promise.all(running)
      return { searches, withoutEnvironment }
    },
  }
}

/** The report of an import that has ended, in this invocation or before. */
function reportOf(result: unknown): ImportReport | undefined {
  const [report] = Array.isArray(result) ? (result as ImportReport[]) : []
  return report?.finishedAt == null ? undefined : report
}

function stateOf(result: unknown): string | undefined {
  return reportOf(result)?.state
}
