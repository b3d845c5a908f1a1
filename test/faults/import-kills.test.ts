import { describe, expect, it } from 'vitest'
import { readLedger } from '../../lib/import/import-ledger.ts'
import { importId } from '../../lib/import/import-report.ts'
import type { ImportReport } from '../../lib/import/import-report-schema.ts'
import { provisionIndex } from '../../lib/provisioning/provision-index.ts'
import { bikeShop } from '../support/bike-shop.ts'
import { importBucket, startImporter } from '../support/import-environment.ts'
import { useImports } from '../support/imports.ts'
import type { LambdaEnvironment } from '../support/lambda-environment.ts'
import { endState, mixedFile, TWO_WINDOWS } from '../support/mixed-file.ts'
import { momentOf, randomFaults } from '../support/moments.ts'
import { BUCKET } from '../support/s3.ts'
import { startTap } from '../support/tap.ts'

const KILLS = 50
const ID = importId(BUCKET, 'imports/users.ndjson')

describe('the importing process, killed at fifty moments', () => {
  const imports = useImports()

  it('leaves what the next delivery makes the state of a clean run, with at most two windows done again', async () => {
    const random = randomFaults()
    const { redis } = imports
    const redisUrl = imports.urlOf('import-users')
    const { hostname, port } = new URL(redisUrl)
    const tap = await startTap(() => ({ host: hostname, port: Number(port) }))
    const { client, url, upload } = await importBucket()
    const event = await upload(mixedFile({ rejects: true }))
    const environments = withSpare(() =>
      startImporter(url, { REDIS_URL: tap.through(redisUrl), LOG_LEVEL: 'INFO' }),
    )

    async function reset(): Promise<void> {
      await redis.send(['FLUSHALL'])
      await provisionIndex({ redis, definition: bikeShop })
      await redis.send(['CONFIG', 'RESETSTAT'])
    }

    /** Delivers the event until its import has ended; each delivery is killed at a random byte, if it gets there. */
    async function importThroughKills(bytes: number) {
      let killed = 0
      for (let state = 'RUNNING'; state === 'RUNNING'; ) {
        const environment = await environments.current()
        tap.at(momentOf(random, bytes), async () => {
          killed++
          environments.drop()
          await environment.end()
        })
        const { error } = await environment.invoke(event).catch(() => ({ error: undefined }))
        expect(error).toBeUndefined()
        state = (await readLedger(redis, ID)).report?.state ?? 'RUNNING'
      }
      return { ...(await ended()), killed }
    }

    async function ended() {
      const { report, writer } = await readLedger(redis, ID)
      if (report === undefined) throw new Error('Expected a report in the ledger')
      expect(writer).toBeUndefined()
      return { report, state: await endState(redis, client, report), sets: await imports.calls('json\\.set') }
    }

    await reset()
    const environment = await environments.current()
    tap.at(Number.POSITIVE_INFINITY, async () => {})
    await environment.invoke(event)
    const bytes = tap.passed()
    const clean = await ended()
    expect(clean.report).toMatchObject({ state: 'PARTIAL', unchanged: 0, durability: 'fsynced' })

    let kills = 0
    let doneAgain = 0
    while (kills < KILLS) {
      await reset()
      const { report, state, sets, killed } = await importThroughKills(bytes)
      expect(state).toEqual(clean.state)
      const again = repeated(report, sets, clean.sets)
      expect(again).toBeLessThanOrEqual(killed * TWO_WINDOWS)
      kills += killed
      doneAgain = Math.max(doneAgain, again / Math.max(1, killed))
    }
    console.log(
      `${kills} kills of the importer: at most ${doneAgain} of ${clean.report.read} records done again`,
    )
  })
})

/** Records that were taken through Redis more than once: written again, or found to be there already. */
function repeated({ unchanged }: ImportReport, sets: number, cleanSets: number): number {
  return unchanged + sets - cleanSets
}

/** An environment takes half a second to start: the next one does so while this one works. */
function withSpare(start: () => Promise<LambdaEnvironment>) {
  const begin = () => {
    const starting = start()
    // The last one may not be up yet when the test ends.
    starting.catch(() => {})
    return starting
  }
  let current = begin()
  let spare = begin()
  return {
    current: () => current,
    drop() {
      current = spare
      spare = begin()
    },
  }
}
