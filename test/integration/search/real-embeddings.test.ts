import { beforeAll, describe, expect, it } from 'vitest'
import { defineIndex } from '../../../lib/definition.ts'
import { importUsers } from '../../../lib/import/import-users.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { cacheIndexReading } from '../../../lib/index-state/index-reading-cache.ts'
import { provisionIndex } from '../../../lib/provisioning/provision-index.ts'
import { objectStore } from '../../../lib/s3/object-store.ts'
import { searchUsers } from '../../../lib/search/search-users.ts'
import { toBytes } from '../../../lib/vector.ts'
import { useBucket } from '../../support/bucket.ts'
import { DIMENSIONS, nearestReaders, queries, readers, readersFile } from '../../support/readers.ts'
import { useRedis } from '../../support/redis.ts'

describe('2,000 real embeddings of 384 dimensions', () => {
  const server = useRedis()
  const s3 = useBucket()
  const definition = defineIndex(INDEX_DEFINITION, { vector: { dimensions: DIMENSIONS } })
  beforeAll(async () => {
    await provisionIndex({ redis: server.pool('provision-index'), definition })
    const objects = objectStore(s3.bucket)
    await objects.put('imports/readers.ndjson', readersFile(), 'application/x-ndjson')
    const job = { bucket: s3.bucket, key: 'imports/readers.ndjson' }
    const report = await importUsers(
      {
        redis: server.pool('import-users'),
        definition,
        objects,
        importPrefix: 'imports/',
        reportPrefix: 'reports/',
        maxRecordBytes: 1024 * 1024,
      },
      job,
    )
    expect(report).toMatchObject({ state: 'COMPLETED', read: 2000, written: 2000, searchable: 2000 })
  })

  const search = async (vector: string, k = 10) => {
    const own = { redis: server.pool('search-users'), definition }
    const deps = { ...own, readIndex: cacheIndexReading(own) }
    const { results, complete } = await searchUsers(deps, { vector, k, includeVector: false })
    expect(complete).toBe(true)
    return results.map(({ id }) => id)
  }

  it('are found with a recall@10 of at least 0.99 by queries that are none of them', async () => {
    let found = 0
    for (const query of queries) {
      const truth = nearestReaders(query, 10)
      const ids = await search(toBytes(query, 'FLOAT32').toString('base64'))
      found += ids.filter((id) => truth.includes(id)).length
    }
    expect(found / (10 * queries.length)).toBeGreaterThanOrEqual(0.99)
  })

  it('each find themselves first', async () => {
    const lost: string[] = []
    for (const { id, vector } of readers) {
      const [first] = await search(toBytes(vector, 'FLOAT32').toString('base64'), 1)
      if (first !== id) lost.push(id)
    }
    expect(lost).toEqual([])
  })
})
