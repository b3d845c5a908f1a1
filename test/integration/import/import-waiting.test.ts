import { describe, expect, it } from 'vitest'
import type { FaultPlan } from '../../../dev/s3/server.ts'
import { defineIndex } from '../../../lib/definition.ts'
import { readImport } from '../../../lib/import/import-ledger.ts'
import { importId } from '../../../lib/import/import-report.ts'
import { cancelImport, listImports } from '../../../lib/import/manage-imports.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { provisionIndex } from '../../../lib/provisioning/provision-index.ts'
import { bikeShop } from '../../support/bike-shop.ts'
import { line, useImports } from '../../support/imports.ts'
import { BUCKET } from '../../support/s3.ts'

const imports = useImports()
const KEY = 'imports/users.ndjson'
const wide = defineIndex(INDEX_DEFINITION, { vector: { dimensions: 4 } })
const status = () => readImport(imports.redis, importId(BUCKET, KEY))
const withoutIndex = () => imports.redis.send(['FT.DROPINDEX', 'idx:user_prefs'])

describe('an import that the index would not take', () => {
  it('is listed with what differs, from its first attempt on', async () => {
    const { etag, run } = await imports.setUp(KEY, line('1', [1, 2, 3, 4]), { definition: wide })
    await expect(run()).rejects.toMatchObject({ code: 'INDEX_DRIFTED' })
    const [listed] = (await listImports(imports)).imports
    expect(listed).toMatchObject({
      key: KEY,
      etag,
      state: 'RUNNING',
      percent: 0,
      read: 0,
      waiting: {
        code: 'INDEX_DRIFTED',
        message: expect.stringMatching(/vector\.dimensions 4, got 3: .*npm run index -- apply/),
        since: listed?.updatedAt,
      },
    })
    // Without a writer: the next attempt need not wait for one to end.
    expect((await imports.ledgerOf(KEY)).writer).toBeUndefined()
  })

  it('keeps since when it waits, over all attempts', async () => {
    const { run } = await imports.setUp(KEY, line('1', [1, 2, 3, 4]), { definition: wide })
    await expect(run()).rejects.toThrow()
    const first = await status()
    await expect(run()).rejects.toThrow()
    const second = await status()
    expect(second?.waiting).toEqual(first?.waiting)
    expect(Date.parse(second?.updatedAt ?? '')).toBeGreaterThan(Date.parse(first?.updatedAt ?? ''))
  })

  it('is imported by the next attempt once the index is there, and waits no more', async () => {
    await withoutIndex()
    const { run } = await imports.setUp(KEY, line('1'))
    await expect(run()).rejects.toMatchObject({ code: 'INDEX_MISSING' })
    expect((await status())?.waiting).toMatchObject({ code: 'INDEX_MISSING' })
    await provisionIndex({ redis: imports.redis, definition: bikeShop })
    expect(await run()).toMatchObject({ state: 'COMPLETED', written: 1, waiting: null })
    expect(await status()).toMatchObject({ state: 'COMPLETED', waiting: null })
  })

  it('is CANCELLED by its next attempt when that was asked for, index or not', async () => {
    await withoutIndex()
    const { run } = await imports.setUp(KEY, line('1'))
    await expect(run()).rejects.toThrow()
    await cancelImport(imports, importId(BUCKET, KEY))
    expect(await run()).toMatchObject({ state: 'CANCELLED', read: 0 })
  })

  it('leaves what the import before it brought, and its end, as they are', async () => {
    const { run, upload } = await imports.setUp(KEY, line('1'))
    await run()
    await withoutIndex()
    const etag = await upload(line('1') + line('2'))
    await expect(run({ etag })).rejects.toMatchObject({ code: 'INDEX_MISSING' })
    expect(await imports.ledgerOf(KEY)).toMatchObject({
      report: { etag, waiting: { code: 'INDEX_MISSING' } },
      ended: { etag: expect.not.stringMatching(etag) },
    })
    await provisionIndex({ redis: imports.redis, definition: bikeShop })
    expect(await run({ etag })).toMatchObject({ state: 'COMPLETED', written: 1, unchanged: 1 })
  })
})

describe('an import that is under way when the index goes', () => {
  const file = Array.from({ length: 2_000 }, (_, i) => line(i)).join('')
  const slow: FaultPlan = ({ method }) => (method === 'GET' ? { bytesPerSecond: 200_000 } : undefined)

  it('says so, and goes on from its checkpoint when the index is back', async () => {
    const { run } = await imports.setUp(KEY, file, { s3: { fault: slow } })
    const { state, read } = await run({}, { stopAt: Date.now() + 150 })
    expect(state).toBe('RUNNING')
    await withoutIndex()
    await expect(run()).rejects.toMatchObject({ code: 'INDEX_MISSING' })
    expect(await status()).toMatchObject({ read, waiting: { code: 'INDEX_MISSING' } })
    await provisionIndex({ redis: imports.redis, definition: bikeShop })
    expect(await run()).toMatchObject({ state: 'COMPLETED', read: 2_000, waiting: null })
  })
})
