import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type PlacedRecord, windowWriter } from '../../../lib/import/window-writer.ts'
import { provisionIndex } from '../../../lib/provisioning/provision-index.ts'
import { createRecordCheck } from '../../../lib/users/user-record.ts'
import { bikeShop } from '../../support/bike-shop.ts'
import { line } from '../../support/imports.ts'
import { useRedis } from '../../support/redis.ts'

const check = createRecordCheck(bikeShop)

/** Each writes another vector, or deletes. */
function placed({ id, deleted }: { id: number; deleted: boolean }, i: number): PlacedRecord {
  const checked = check(Buffer.from(line(id, [1, 2, i + 1], { deleted })))
  if ('reject' in checked) throw new Error(checked.reject.message)
  return { record: checked.record, position: { line: i + 1, byteOffset: i } }
}

describe('what became of records', () => {
  const redis = useRedis()

  it('is the same however they are cut into windows', async () => {
    await provisionIndex({ redis: redis.pool(), definition: bikeShop })

    async function outcome(windows: PlacedRecord[][]) {
      const sum = { written: 0, unchanged: 0, deleted: 0, searchable: 0 }
      await redis.pool('import-users').lease(async (connection) => {
        const { ask, write } = windowWriter(connection, bikeShop, {
          dryRun: false,
          erasureMs: undefined,
          erasuresOf: bikeShop,
        })
        await connection.pipeline([0, 1, 2].map((id) => ['DEL', `user:${id}`]))
        for (const window of windows) {
          const { written, unchanged, deleted, searchable } = await write(window, await ask(window, []))
          sum.written += written
          sum.unchanged += unchanged
          sum.deleted += deleted
          sum.searchable += searchable
        }
      })
      return sum
    }

    const records = fc.array(fc.record({ id: fc.nat(2), deleted: fc.boolean() }), {
      minLength: 1,
      maxLength: 8,
    })
    await fc.assert(
      fc.asyncProperty(records, fc.array(fc.boolean(), { maxLength: 8 }), async (changes, cuts) => {
        const all = changes.map(placed)
        const windows = [[...all.slice(0, 1)]]
        for (const [i, record] of all.slice(1).entries()) {
          if (cuts[i]) windows.push([])
          windows.at(-1)?.push(record)
        }
        const written = changes.filter(({ deleted }) => !deleted).length
        const counts = { written, unchanged: 0, deleted: all.length - written, searchable: written }
        expect(await outcome(windows)).toEqual(counts)
        expect(await outcome([all])).toEqual(counts)
      }),
      { numRuns: 100 },
    )
  })

  it('is found out without reading users that the index does not hold', async () => {
    await redis.pool().send(['FLUSHALL'])
    await provisionIndex({ redis: redis.pool(), definition: bikeShop })
    const window = [1, 2, 3].map((id, i) => placed({ id, deleted: false }, i))
    const reads = async () =>
      /cmdstat_json\.mget:calls=(\d+)/i.exec(String(await redis.pool().send(['INFO', 'commandstats'])))?.[1]
    await redis.pool('import-users').lease(async (connection) => {
      const options = { dryRun: false, erasureMs: undefined, erasuresOf: bikeShop }
      const { ask, write } = windowWriter(connection, bikeShop, options)
      await redis.pool().send(['CONFIG', 'RESETSTAT'])
      expect(await write(window, await ask(window, []))).toMatchObject({ written: 3, searchable: 3 })
      expect(await reads()).toBeUndefined()
      // The first window that the index holds is read by a second pipeline, later ones by the first.
      for (const times of ['1', '2']) {
        expect(await write(window, await ask(window, []))).toMatchObject({ written: 0, unchanged: 3 })
        expect(await reads()).toBe(times)
      }
    })
  })
})
