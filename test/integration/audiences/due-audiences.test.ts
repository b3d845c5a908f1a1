import { describe, expect, it } from 'vitest'
import {
  audienceKey,
  DUE_KEY,
  orderArgs,
  readAudience,
  saveEndArgs,
} from '../../../lib/audiences/audience-ledger.ts'
import { newReport } from '../../../lib/audiences/audience-report.ts'
import type { AudienceReport } from '../../../lib/audiences/audience-report-schema.ts'
import type { AudienceRequest } from '../../../lib/audiences/audience-request.ts'
import { compareAudiences } from '../../../lib/audiences/compare-audiences.ts'
import { startDueAudiences } from '../../../lib/audiences/due-audiences.ts'
import {
  deleteAudience,
  listAudiences,
  refreshAudience,
  showAudience,
} from '../../../lib/audiences/manage-audiences.ts'
import { hsetArgs } from '../../../lib/redis/commands/hashes.ts'
import { zaddArgs } from '../../../lib/redis/commands/sorted-sets.ts'
import { useAudiences } from '../../support/audiences.ts'
import { bikeShop, storeBikeShop } from '../../support/bike-shop.ts'

const audiences = useAudiences()
const daily = { like: ['1'], size: { users: 2 }, refreshEvery: '1d' }

describe('the schedule', () => {
  it('refreshes a due audience that is older than a thousand others', async () => {
    await storeBikeShop(audiences.redis)
    const { run, manage, sent } = await audiences.setUp()
    const old = await run(daily)
    await endedAgo(old, 25)
    const request: AudienceRequest = { ...daily, ...DEFAULTS }
    const newer = Array.from({ length: 1_001 }, (_, i) => {
      const id = `a${String(i).padStart(15, '0')}`
      return newReport(id, 1, request, bikeShop, manage.objects.bucket)
    })
    const now = new Date().toISOString()
    await send(newer.flatMap((report) => orderArgs(report, request)))
    await send(
      newer.flatMap((report) => saveEndArgs({ ...report, state: 'COMPLETED', finishedAt: now }, undefined)),
    )
    sent.length = 0
    expect(await startDueAudiences(manage)).toEqual({ refreshed: [old.id], restarted: [] })
    expect(sent).toEqual([{ id: old.id, run: 2 }])
    // It is due again when this run has ended.
    expect(await startDueAudiences(manage)).toEqual({ refreshed: [], restarted: [] })
  })

  it('refreshes the others when one cannot be refreshed, and reports the fault', async () => {
    await storeBikeShop(audiences.redis)
    const { run, manage, sent } = await audiences.setUp()
    const [broken, whole] = [await run(daily), await run(daily)]
    await endedAgo(broken, 26)
    await endedAgo(whole, 25)
    await send([hsetArgs(audienceKey(broken.id), { report: '{' })])
    sent.length = 0
    await expect(startDueAudiences(manage)).rejects.toThrow('JSON')
    expect(sent).toEqual([{ id: whole.id, run: 2 }])
  })

  it('leaves the audiences of another stack on this Redis alone, and so do all routes', async () => {
    await storeBikeShop(audiences.redis)
    const { run, manage, sent } = await audiences.setUp()
    const { id, ...due } = await run(daily)
    await endedAgo({ id, ...due }, 25)
    sent.length = 0
    const other = { ...manage, objects: { ...manage.objects, bucket: 'of-another-stack' } }
    expect(await startDueAudiences(other)).toEqual({ refreshed: [], restarted: [] })
    expect(await listAudiences(other)).toEqual([])
    for (const call of [
      () => showAudience(other, id),
      () => refreshAudience(other, id),
      () => deleteAudience(other, id),
      () => compareAudiences(other, [id, id]),
    ])
      await expect(call()).rejects.toMatchObject({ code: 'AUDIENCE_NOT_FOUND' })
    expect(sent).toEqual([])
    expect(await startDueAudiences(manage)).toEqual({ refreshed: [id], restarted: [] })
  })

  it('starts a lost run again, and leaves cancelled, deleted and single ones alone', async () => {
    await storeBikeShop(audiences.redis)
    const { run, order, build, manage, sent } = await audiences.setUp()
    const cancelled = await order(daily)
    await deleteAudience(manage, cancelled.id)
    await build(cancelled)
    await endedAgo((await readAudience(audiences.redis, cancelled.id)).report, 25)
    const deleted = await run(daily)
    await deleteAudience(manage, deleted.id)
    await endedAgo(await run({ ...daily, refreshEvery: undefined }), 25)
    const lost = await order(daily)
    await send([zaddArgs(DUE_KEY, 0, deleted.id)])
    sent.length = 0
    expect(await startDueAudiences(manage, { deadAfterSeconds: 0 })).toEqual({
      ...{ refreshed: [], restarted: [lost.id] },
    })
    expect(sent).toEqual([{ id: lost.id, run: 1 }])
    expect(await audiences.redis.send(['ZRANGE', DUE_KEY, '0', '-1'])).toEqual([lost.id])
  })

  it('starts each lost run of an audience again once', async () => {
    const { order, manage, sent } = await audiences.setUp()
    const { id } = await order(daily)
    sent.length = 0
    for (const run of [1, 2]) {
      const { report, request } = await readAudience(audiences.redis, id)
      if (report === undefined || request === undefined) throw new Error('Expected an audience')
      const updatedAt = new Date(Date.now() - 2 * 3_600_000).toISOString()
      await send(orderArgs({ ...report, run, updatedAt }, request))
      await send([zaddArgs(DUE_KEY, 0, id)])
      expect(await startDueAudiences(manage)).toEqual({ refreshed: [], restarted: [id] })
      expect(await startDueAudiences(manage)).toEqual({ refreshed: [], restarted: [] })
    }
    expect(sent).toEqual([
      { id, run: 1 },
      { id, run: 2 },
    ])
  })
})

const DEFAULTS: Pick<AudienceRequest, 'strategy' | 'fields' | 'hash' | 'format' | 'gzip' | 'holdout'> = {
  ...{ strategy: 'best_score', fields: [], hash: [], format: 'csv', gzip: false, holdout: 0.2 },
}

async function endedAgo(report: AudienceReport | undefined, hours: number): Promise<void> {
  if (report === undefined) throw new Error('Expected a report')
  const finishedAt = new Date(Date.now() - hours * 3_600_000).toISOString()
  await send(saveEndArgs({ ...report, finishedAt }, undefined))
}

async function send(commands: Parameters<typeof audiences.redis.send>[0][]): Promise<void> {
  await audiences.redis.lease((connection) => connection.pipeline(commands))
}
