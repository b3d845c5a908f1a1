import { describe, expect, it, onTestFinished } from 'vitest'
import { readLedger } from '../../lib/import/import-ledger.ts'
import { importId } from '../../lib/import/import-report.ts'
import type { ImportReport } from '../../lib/import/import-report-schema.ts'
import { provisionIndex } from '../../lib/provisioning/provision-index.ts'
import type { Role } from '../../lib/redis/acl.ts'
import { bikeShop, connectTo } from '../support/bike-shop.ts'
import { importBucket, startImporter } from '../support/import-environment.ts'
import { endState, mixedFile, TWO_WINDOWS } from '../support/mixed-file.ts'
import { momentOf, randomFaults } from '../support/moments.ts'
import { startWithUsers } from '../support/redis.ts'
import { BUCKET } from '../support/s3.ts'
import { temporaryFolder } from '../support/stack.ts'
import { startTap } from '../support/tap.ts'

const KILLS = 50
const ID = importId(BUCKET, 'imports/users.ndjson')

// appendfsync everysec, as npm start has it: a process that is killed leaves to the kernel what it has answered for.
describe('Redis with an append-only file, killed at fifty moments of an import', () => {
  it('is brought to the state of a clean run by the next delivery, and loses nothing that was reported', async () => {
    const random = randomFaults()
    let redis = await redisOnDisk()
    const tap = await startTap(() => redis.server())
    const { client, url, upload } = await importBucket()
    const event = await upload(mixedFile({ rejects: false }))
    const { invoke } = await startImporter(url, {
      REDIS_URL: tap.through(redis.urlOf('import-users')),
      LOG_LEVEL: 'INFO',
    })

    async function ended() {
      const pool = connectTo(redis.server())
      try {
        const { report } = await readLedger(pool, ID)
        if (report === undefined) throw new Error('Expected a report in the ledger')
        return { report, state: await endState(pool, client, report) }
      } finally {
        await pool.close()
      }
    }

    /** Delivers the event until the importer says that its import has ended. */
    async function importThroughKills(bytes: number): Promise<number> {
      for (let killed = 0; ; ) {
        let isKilled = false
        tap.at(momentOf(random, bytes), async () => {
          isKilled = true
          await redis.kill()
        })
        const { result, error } = await invoke(event)
        if (!isKilled) expect(error).toBeUndefined()
        else {
          killed++
          await redis.start()
        }
        if (isEnded(result)) return killed
      }
    }

    tap.at(Number.POSITIVE_INFINITY, async () => {})
    await invoke(event)
    const bytes = tap.passed()
    const clean = await ended()
    expect(clean.report).toMatchObject({ state: 'COMPLETED', unchanged: 0, durability: 'fsynced' })

    let kills = 0
    let doneAgain = 0
    while (kills < KILLS) {
      await redis.stop()
      redis = await redisOnDisk()
      const killed = await importThroughKills(bytes)
      // Once it was reported, it must be there whatever happens.
      await redis.kill()
      await redis.start()
      const { report, state } = await ended()
      expect(state).toEqual(clean.state)
      expect(report.unchanged).toBeLessThanOrEqual(killed * TWO_WINDOWS)
      kills += killed
      doneAgain = Math.max(doneAgain, report.unchanged / Math.max(1, killed))
    }
    console.log(`${kills} kills of Redis: at most ${doneAgain} of ${clean.report.read} records done again`)
  })
})

/** COMPLETED, or DUPLICATE of an import that has ended: what was killed then was only the way to say so. */
function isEnded(result: unknown): boolean {
  const [report] = Array.isArray(result) ? (result as ImportReport[]) : []
  return report !== undefined && report.state !== 'RUNNING' && report.finishedAt !== null
}

/** A Redis with the index, that can be killed and started again with its data. */
async function redisOnDisk() {
  const options = { dir: await temporaryFolder(), appendonly: true, password: 'hunter2' }
  let { server, urlOf } = await startWithUsers(options)
  onTestFinished(() => server.stop())
  const pool = connectTo(server)
  await provisionIndex({ redis: pool, definition: bikeShop })
  await pool.close()
  return {
    server: () => server,
    urlOf: (role: Role) => urlOf(role),
    kill: () => server.kill(),
    stop: () => server.stop(),
    async start() {
      ;({ server, urlOf } = await startWithUsers(options))
    },
  }
}
