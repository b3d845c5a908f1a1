import { describe, expect, it } from 'vitest'
import { readAudience } from '../../../lib/audiences/audience-ledger.ts'
import { deleteAudience, showAudience } from '../../../lib/audiences/manage-audiences.ts'
import { defineIndex, definitionHash, indexName } from '../../../lib/definition.ts'
import { readInfo } from '../../../lib/index-state/index-status.ts'
import { ftCreateArgs } from '../../../lib/redis/commands/ft-create.ts'
import { accountedFor, rowsOf, useAudiences } from '../../support/audiences.ts'
import { bikeShop, store } from '../../support/bike-shop.ts'
import { seeded } from '../../support/random.ts'
import { keys, put } from '../../support/s3.ts'

const audiences = useAudiences()

/** 3,000 users; some are exactly alike. */
async function storeUsers(): Promise<void> {
  const random = seeded(7)
  const component = () => Math.round(random.between(0.05, 1) * 20) / 20
  const users = Array.from({ length: 3_000 }, (_, i) => {
    const vector_embedding = [component(), component(), component()]
    return [`user:u${i}`, { user: `u${i}`, descr: `user ${i}`, labels: 'kids', vector_embedding }] as const
  })
  await store(audiences.redis, Object.fromEntries(users))
}

const order = {
  like: { key: 'audiences/seeds/best.ndjson' },
  ...{ size: { percent: 20 }, fields: ['descr'], exclude: ['u77', 'u78'] },
}
const seeds = Array.from({ length: 60 }, (_, i) => `{"id":"u${i * 13}"}\n`).join('')

describe('an audience that is built in many invocations', () => {
  it('is, byte for byte, that of one', async () => {
    await storeUsers()
    const { client, manage, build, order: place, text } = await audiences.setUp()
    await put(client, 'audiences/seeds/best.ndjson', seeds)
    const results: { csv: string; counts: unknown; rest: unknown }[] = []
    for (const isCut of [false, true]) {
      const { id, run } = await place(order)
      let invocations = 0
      for (;;) {
        // Each has time for one window of the scan, or one step behind it.
        const report = await build({ id, run }, isCut ? { stopAt: Date.now() + 1 } : {})
        invocations++
        if (report?.state !== 'RUNNING') break
        expect(invocations).toBeLessThan(100)
      }
      if (isCut) expect(invocations).toBeGreaterThan(3)
      const report = await showAudience(manage, id)
      expect(report).toMatchObject({ state: 'COMPLETED', seeds: { given: 60, used: 60 } })
      expect(accountedFor(report)).toBe(3_000)
      const { counts, curve, seeds: ofSeeds } = report
      results.push({ csv: await text(report.files.audience), counts, rest: { curve, ofSeeds } })
    }
    expect(results[1]).toEqual(results[0])
    // What only the jobs needed is gone.
    expect((await keys(client)).filter((key) => key?.includes('/work/'))).toEqual([])
  })

  it('begins again with the live index when the index that it began with is dropped', async () => {
    await storeUsers()
    const { client, build, order: place } = await audiences.setUp()
    await put(client, 'audiences/seeds/best.ndjson', seeds)
    const job = await place(order)
    const begun = await build(job, { stopAt: Date.now() + 1 })
    expect(begun).toMatchObject({ state: 'RUNNING', definition: definitionHash(bikeShop) })
    const other = defineIndex(bikeShop, { vector: { m: 32 } })
    const index = indexName(other)
    await audiences.redis.send(ftCreateArgs(index, other))
    await audiences.redis.send(['FT.ALIASUPDATE', bikeShop.name, index])
    await audiences.redis.send(['FT.DROPINDEX', begun?.index ?? ''])
    await expect
      .poll(async () => (await readInfo(audiences.redis, index))?.documents, { timeout: 20_000 })
      .toBe(3_000)
    const report = await build(job)
    // The index is of another definition than the function has, so it counts as drifted.
    expect(report).toMatchObject({ state: 'PARTIAL', index, scanned: 3_000 })
    expect(report?.definition).toBe(definitionHash(other))
    expect(report === undefined ? 0 : accountedFor(report)).toBe(3_000)
  })

  it('has each user once that is stored all the time, whatever is written and deleted meanwhile', async () => {
    await storeUsers()
    const { client, manage, build, order: place, text } = await audiences.setUp()
    await put(client, 'audiences/seeds/best.ndjson', seeds)
    const { id, run } = await place({ ...order, size: { percent: 100 }, exclude: undefined, fields: [] })
    const user = (name: string) => ({ user: name, labels: 'kids', vector_embedding: [0.9, 0.1, 0.5] })
    for (let invocations = 0; ; invocations++) {
      const report = await build({ id, run }, { stopAt: Date.now() + 1 })
      if (report?.state !== 'RUNNING') break
      if (invocations > 1) continue
      // Every 4th user is written again, every 5th is deleted, and so many are new that Redis moves its keys.
      const names = Array.from({ length: 3_000 }, (_, i) => `u${i}`)
      const added = Array.from({ length: 1_000 }, (_, i) => `new-${invocations}-${i}`)
      const written = [...names.filter((_, i) => i % 4 === 0), ...added]
      await store(audiences.redis, Object.fromEntries(written.map((name) => [`user:${name}`, user(name)])))
      await audiences.redis.send([
        'DEL',
        ...names.filter((_, i) => i % 5 === 0).map((name) => `user:${name}`),
      ])
    }
    const report = await showAudience(manage, id)
    expect(report).toMatchObject({ state: 'COMPLETED', problem: null })
    expect(accountedFor(report)).toBe(report.counts.matched)
    const ids = rowsOf(await text(report.files.audience)).map((row) => row.id)
    expect(new Set(ids).size).toBe(ids.length)
    const isSeed = (i: number) => i % 13 === 0 && i < 60 * 13
    const stored = Array.from({ length: 3_000 }, (_, i) => i).filter((i) => i % 5 !== 0 && !isSeed(i))
    expect(stored.filter((i) => !ids.includes(`u${i}`))).toEqual([])
  })

  it('is built once when its message comes twice, and not again when it has ended', async () => {
    await storeUsers()
    const { client, build, order: place } = await audiences.setUp()
    await put(client, 'audiences/seeds/best.ndjson', seeds)
    const job = await place(order)
    const [one, other] = await Promise.all([build(job), build(job)])
    expect([one?.state, other?.state].toSorted()).toEqual(['COMPLETED', undefined])
    expect(await build(job)).toBeUndefined()
  })

  it('stops when it is cancelled, and is deleted with its files', async () => {
    await storeUsers()
    const { client, manage, build, order: place } = await audiences.setUp()
    await put(client, 'audiences/seeds/best.ndjson', seeds)
    const job = await place(order)
    await build(job, { stopAt: Date.now() + 1 })
    expect(await deleteAudience(manage, job.id)).toMatchObject({ state: 'RUNNING' })
    expect(await build(job)).toMatchObject({ state: 'CANCELLED' })
    expect(await deleteAudience(manage, job.id)).toBeUndefined()
    expect(await readAudience(audiences.redis, job.id)).toEqual({ isCancelled: false })
    expect(await keys(client)).toEqual(['audiences/seeds/best.ndjson'])
  })
})
