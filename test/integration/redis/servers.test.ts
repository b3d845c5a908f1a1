import { describe, expect, it } from 'vitest'
import { defineIndex } from '../../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { cacheIndexReading } from '../../../lib/index-state/index-reading-cache.ts'
import { indexStatus } from '../../../lib/index-state/index-status.ts'
import { provisionIndex } from '../../../lib/provisioning/provision-index.ts'
import type { Role } from '../../../lib/redis/acl.ts'
import { searchUsers } from '../../../lib/search/search-users.ts'
import { bikeShop, bikeShopFile } from '../../support/bike-shop.ts'
import { line, useImports } from '../../support/imports.ts'
import { VERSIONS } from '../../support/redis.ts'

describe.each(VERSIONS)('on the server %s', (version) => {
  const imports = useImports({ version })
  const deps = (role: Role) => ({ redis: imports.pool(role), definition: bikeShop })
  const search = (request: object) =>
    searchUsers(
      { ...deps('search-users'), readIndex: cacheIndexReading(deps('search-users')) },
      { k: 10, exact: false, includeVector: false, ...request },
    )

  it('the index is provisioned, and says which server it is on', async () => {
    const status = await provisionIndex(deps('provision-index'))
    expect(status).toMatchObject({ change: 'unchanged', state: 'ready', drift: [], percentIndexed: 100 })
    if (version === '8.2') expect(status.server.redis).toMatch(/^8\.2\./)
  })

  it('drift is seen', async () => {
    const definition = defineIndex(INDEX_DEFINITION, { vector: { metric: 'L2' } })
    const { state, drift } = await indexStatus({ ...deps('provision-index'), definition })
    expect(state).toBe('drifted')
    expect(drift).toEqual([{ field: 'vector.metric', expected: 'L2', actual: 'COSINE' }])
  })

  it('a file is imported, rejects and deletions and all, and imported again changes nothing', async () => {
    const body = `${bikeShopFile}${line('5', [1, 2])}${line('6')}{"id":"6","deleted":true}\n`
    const { run } = await imports.setUp('imports/users.ndjson', body)
    expect(await run()).toMatchObject({
      state: 'PARTIAL',
      durability: 'fsynced',
      ...{ read: 7, written: 5, deleted: 1, rejected: 1, unchanged: 0 },
    })
    expect(await run({ force: true })).toMatchObject({ read: 7, written: 1, unchanged: 4 })
    expect(await indexStatus(deps('provision-index'))).toMatchObject({
      documents: 4,
      searchable: 4,
      failures: 0,
    })
  })

  it('the reference search has its answer, filtered and exact, too', async () => {
    const { run } = await imports.setUp('imports/users.ndjson', bikeShopFile)
    await run()
    const vector = [0.9, 0.7, 0.2]
    const { results, complete, warnings } = await search({ vector, k: 2 })
    expect({ complete, warnings }).toEqual({ complete: true, warnings: [] })
    expect(results).toMatchObject([
      { id: '1', distance: expect.closeTo(5.96e-8, 9) },
      { id: '2', distance: expect.closeTo(0.033_900_320_5, 9) },
    ])
    const ids = async (request: object) => (await search(request)).results.map(({ id }) => id)
    expect(await ids({ vector, exact: true })).toEqual(['1', '2', '3', '4'])
    expect(await ids({ vector, filter: { labels: { $in: ['road'] } } })).toEqual(['4'])
    expect(await ids({ user: '1', filter: { descr: { $text: 'bikes' } } })).toEqual(['2', '3', '4'])
  })
})
