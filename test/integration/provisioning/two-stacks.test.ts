import { beforeEach, describe, expect, it } from 'vitest'
import { checkIndex } from '../../../lib/check/check-index.ts'
import { defineIndex, indexName } from '../../../lib/definition.ts'
import { ledgerKey } from '../../../lib/import/import-ledger.ts'
import { newReport } from '../../../lib/import/import-report.ts'
import { listImports, showImport } from '../../../lib/import/manage-imports.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { indexStatus } from '../../../lib/index-state/index-status.ts'
import { readVersions, saveVersionsArgs } from '../../../lib/index-state/versions.ts'
import { provisionIndex } from '../../../lib/provisioning/provision-index.ts'
import { rollBackIndex } from '../../../lib/provisioning/roll-back-index.ts'
import { bikeShop, storeBikeShop } from '../../support/bike-shop.ts'
import { useRedis } from '../../support/redis.ts'

const l2 = defineIndex(INDEX_DEFINITION, { vector: { metric: 'L2' } })
const refused = expect.objectContaining({ code: 'INDEX_OWNED', status: 409 })

describe('two stacks on one Redis', () => {
  const server = useRedis({ appendonly: true })
  const redis = () => server.pool('provision-index')
  const prod = { definition: bikeShop, stack: 'prod in eu-central-1' }
  const dev = { definition: l2, stack: 'dev in eu-central-1' }
  const provision = (stack: { definition: typeof bikeShop; stack?: string }, options = {}) =>
    provisionIndex({ redis: redis(), ...stack }, options)
  const status = () => indexStatus({ redis: redis(), definition: bikeShop })

  beforeEach(async () => {
    await server.pool().send(['FLUSHALL'])
    await provision(prod)
    await storeBikeShop(server.pool())
  })

  it('each change only their own index: the other is refused, and changes nothing', async () => {
    const before = await status()
    expect(before).toMatchObject({ owner: prod.stack, state: 'ready' })
    await expect(provision(dev)).rejects.toThrow(refused)
    await expect(provision({ definition: l2 })).rejects.toThrow(refused)
    await expect(rollBackIndex({ redis: redis(), ...dev })).rejects.toThrow(refused)
    expect(await status()).toMatchObject({ owner: prod.stack, index: before.index, drift: [] })
  })

  it('do not disturb a change of the owner that is under way', async () => {
    const versions = await readVersions(redis(), bikeShop.name)
    const migration = {
      from: indexName(bikeShop),
      to: indexName(l2),
      startedAt: '2026-11-28T00:00:00Z',
      changes: [],
    }
    const underWay = { ...versions, migration: { ...migration, copy: null, problem: null } }
    await server.pool().send(saveVersionsArgs(bikeShop.name, underWay))
    const log = { info() {}, warn() {}, error() {} }
    const deps = {
      redis: server.pool('check-index'),
      ...dev,
      definition: bikeShop,
      log,
      metrics: () => {},
      maxK: 100,
    }
    const { problems } = await checkIndex(deps)
    expect(problems).toContainEqual(expect.stringContaining(`it belongs to ${prod.stack}`))
    expect(await readVersions(redis(), bikeShop.name)).toEqual(underWay)
  })

  it('may both see an index that is as each defines it', async () => {
    expect(await provision({ ...dev, definition: bikeShop })).toMatchObject({ change: 'unchanged' })
    expect(await status()).toMatchObject({ owner: prod.stack })
  })

  it('may hand an index over, by force', async () => {
    await provision(dev, { force: true, waitUntil: Date.now() + 20_000 })
    expect(await status()).toMatchObject({ owner: dev.stack })
    await expect(provision(prod)).rejects.toThrow(refused)
  })

  it('take the index of the other over with force, also where nothing else changes', async () => {
    const other = { definition: bikeShop, stack: dev.stack }
    await provision(other)
    expect(await status()).toMatchObject({ owner: prod.stack })
    await provision(other, { force: true })
    expect(await status()).toMatchObject({ owner: dev.stack, state: 'ready' })
  })

  it('adopt an index that was made before owners were stored', async () => {
    await server.pool().send(['FLUSHALL'])
    await provision({ definition: bikeShop })
    expect(await status()).toMatchObject({ owner: null })
    await provision(prod)
    expect(await status()).toMatchObject({ owner: prod.stack, state: 'ready' })
  })

  it('each list and show the imports of their own bucket only', async () => {
    const report = newReport(
      'prod-bucket',
      { bucket: 'prod-bucket', key: 'imports/a' },
      { dryRun: false, onError: 'continue' },
      'x',
    )
    const pool = server.pool()
    await pool.send([
      'HSET',
      ledgerKey(report.id),
      'report',
      JSON.stringify({ ...report, state: 'COMPLETED' }),
    ])
    await pool.send(['ZADD', 'lookalike:imports', '1', report.id])
    const of = (bucket: string) => ({ redis: server.pool('imports'), objects: { bucket } })
    expect((await listImports(of('prod-bucket'))).imports).toHaveLength(1)
    expect((await listImports(of('dev-bucket'))).imports).toEqual([])
    expect(await showImport(of('prod-bucket'), report.id)).toMatchObject({ id: report.id })
    await expect(showImport(of('dev-bucket'), report.id)).rejects.toThrow(
      expect.objectContaining({ code: 'IMPORT_NOT_FOUND' }),
    )
  })
})
