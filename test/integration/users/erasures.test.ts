import { beforeEach, describe, expect, it } from 'vitest'
import { type PlacedRecord, windowWriter } from '../../../lib/import/window-writer.ts'
import { readIndex } from '../../../lib/index-state/index-status.ts'
import { provisionIndex } from '../../../lib/provisioning/provision-index.ts'
import { eraseUser, putUnlessErased, removeUser } from '../../../lib/users/erase-user.ts'
import { erasuresKey, isErased, listErasures, removeErasure } from '../../../lib/users/erasures.ts'
import { hashUserId } from '../../../lib/users/hash-user-id.ts'
import { createRecordCheck } from '../../../lib/users/user-record.ts'
import { bikeShop, storeBikeShop } from '../../support/bike-shop.ts'
import { line } from '../../support/imports.ts'
import { useRedis } from '../../support/redis.ts'

const DAY_MS = 86_400_000
const code = (name: string) => expect.objectContaining({ code: name })
const record = Buffer.from('{"vector_embedding":[0.2,0.1,0.9]}')

describe('an erased person', () => {
  const server = useRedis()
  const deps = (erasureMs?: number) => ({ redis: server.pool('users'), definition: bikeShop, erasureMs })
  const exists = (...keys: string[]) => server.pool().send(['EXISTS', ...keys])

  beforeEach(async () => {
    await server.pool().send(['FLUSHALL'])
    await provisionIndex({ redis: server.pool('provision-index'), definition: bikeShop })
    await storeBikeShop(server.pool())
  })

  function placed(id: number, deleted = false): PlacedRecord {
    const checked = createRecordCheck(bikeShop)(Buffer.from(line(id, [1, 2, 3], { deleted })))
    if ('reject' in checked) throw new Error(checked.reject.message)
    return { record: checked.record, position: { line: id, byteOffset: id } }
  }

  /** What an import makes of the records, if `between` happens after it has asked Redis about them. */
  function importWindow(
    records: PlacedRecord[],
    { dryRun = false, between = async () => {}, written = bikeShop } = {},
  ) {
    return server.pool('import-users').lease(async (connection) => {
      const { ask, write } = windowWriter(connection, written, {
        ...{ dryRun, erasureMs: undefined, erasuresOf: bikeShop },
      })
      const known = await ask(records, [])
      await between()
      return write(records, known)
    })
  }

  it('is deleted, also from quarantine, and the answer says where else it may be', async () => {
    await server.pool().send(['SET', 'quarantine:user:1', 'x'])
    const { elsewhere, ...rest } = await eraseUser(deps(), '1')
    expect(rest).toEqual({ id: '1', deleted: true, erased: true })
    expect(elsewhere.map(({ place }) => place)).toEqual(['files', 'reports', 'audiences', 'backups', 'logs'])
    expect(await exists('user:1', 'quarantine:user:1')).toBe(0)
  })

  it('does not come back with an import: its record is a reject, and others are written', async () => {
    await eraseUser(deps(), '1')
    const { written, refused } = await importWindow([placed(1), placed(2), placed(1)])
    expect(written).toBe(1)
    expect(refused.map(({ reject }) => [reject.id, reject.code])).toEqual([
      ['1', 'ERASED'],
      ['1', 'ERASED'],
    ])
    expect(await exists('user:1')).toBe(0)
    expect(await exists('user:2')).toBe(1)
  })

  it('does not come back with an import during a change, which names the version of the index', async () => {
    await eraseUser(deps(), '1')
    const name = String((await readIndex({ redis: server.pool(), definition: bikeShop })).info?.name)
    expect(name).not.toBe(bikeShop.name)
    const { refused } = await importWindow([placed(1)], { written: { ...bikeShop, name } })
    expect(refused.map(({ reject }) => reject.code)).toEqual(['ERASED'])
  })

  it('is deleted by the next import if an earlier one ended before it could delete', async () => {
    await eraseUser(deps(), '1')
    await storeBikeShop(server.pool())
    const { refused } = await importWindow([placed(1)])
    expect(refused.map(({ reject }) => reject.code)).toEqual(['ERASED'])
    expect(await exists('user:1')).toBe(0)
  })

  it('stays on the list when the write that would restore it is refused', async () => {
    await eraseUser(deps(), '1')
    const bad = Buffer.from('{"vector_embedding":[1]}')
    await expect(putUnlessErased(deps(), '1', bad, { restore: true })).rejects.toThrow()
    expect(await isErased(deps(), '1')).toBe(true)
  })

  it('may be deleted by an import, and counts as a reject in a dry run', async () => {
    await eraseUser(deps(), '1')
    expect(await importWindow([placed(1, true)])).toMatchObject({ deleted: 1, refused: [] })
    expect((await importWindow([placed(1)], { dryRun: true })).refused).toHaveLength(1)
  })

  it('does not come back with a window that was under way', async () => {
    const between = async () => void (await eraseUser(deps(), '1'))
    const { written, searchable, refused } = await importWindow([placed(1), placed(2)], { between })
    expect({ written, searchable }).toEqual({ written: 1, searchable: 1 })
    expect(refused).toEqual([expect.objectContaining({ reject: code('ERASED') })])
    expect(await exists('user:1')).toBe(0)
  })

  it('does not come back with a PUT, except with the word', async () => {
    await eraseUser(deps(), '1')
    await expect(putUnlessErased(deps(), '1', record, { restore: false })).rejects.toThrow(code('ERASED'))
    expect(await exists('user:1')).toBe(0)
    expect(await putUnlessErased(deps(), '1', record, { restore: true })).toMatchObject({ change: 'created' })
    expect(await isErased(deps(), '1')).toBe(false)
    expect(await putUnlessErased(deps(), '1', record, { restore: false })).toMatchObject({
      change: 'unchanged',
    })
  })

  it('is listed by a hash, and the list can be undone', async () => {
    await eraseUser(deps(), 'canary')
    await eraseUser(deps(), 'canary')
    const { count, newest } = await listErasures(deps())
    expect({ count, hashes: newest.map(({ userHash }) => userHash) }).toEqual({
      count: 1,
      hashes: [hashUserId('canary')],
    })
    expect(
      JSON.stringify(await server.pool().send(['ZRANGE', erasuresKey(bikeShop), '0', '-1'])),
    ).not.toContain('canary')
    expect(await removeErasure(deps(), 'canary')).toBe(true)
    expect(await removeErasure(deps(), 'canary')).toBe(false)
    expect(await listErasures(deps())).toEqual({ count: 0, newest: [] })
  })

  it('leaves the list after the days that are set', async () => {
    await eraseUser(deps(), '1')
    await server
      .pool()
      .send(['ZADD', erasuresKey(bikeShop), String(Date.now() - 2 * DAY_MS), hashUserId('1')])
    expect(await isErased(deps(), '1')).toBe(true)
    expect(await isErased(deps(3 * DAY_MS), '1')).toBe(true)
    expect(await isErased(deps(DAY_MS), '1')).toBe(false)
    expect(await listErasures(deps(DAY_MS))).toEqual({ count: 0, newest: [] })
  })

  it('is not made by a plain DELETE', async () => {
    expect(await removeUser(deps(), '1')).toMatchObject({ deleted: true, erased: false })
    expect((await importWindow([placed(1)])).written).toBe(1)
  })
})
