import { beforeAll, describe, expect, it } from 'vitest'
import { defineIndex, type IndexDefinition } from '../../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { provisionIndex } from '../../../lib/provisioning/provision-index.ts'
import { showUser } from '../../../lib/users/manage-users.ts'
import { readUserVector } from '../../../lib/users/user-vector.ts'
import { seeded } from '../../support/random.ts'
import { useRedis, VERSIONS } from '../../support/redis.ts'
import { writeUsers } from '../../support/write-users.ts'

describe.each(VERSIONS)('doubles in a JSON document, on the server %s', (version) => {
  const definition: IndexDefinition = defineIndex(INDEX_DEFINITION, {
    fields: [{ path: '$.shop.f', alias: 'f', type: 'NUMERIC' }],
  })
  const server = useRedis({ version, definition })
  beforeAll(() => provisionIndex({ redis: server.pool('provision-index'), definition }))

  it('are the same after RedisJSON has read them, and are not written again', async () => {
    const random = seeded(1)
    const sizes = [1, 1e3, 1e6, 1e-9, 1e15, 1e300, 1e-300, 1e-310]
    const doubles = Array.from({ length: 4_000 }, (_, i) => {
      const size = sizes[i % sizes.length] ?? 1
      return random.between(-size, size)
    })
    const texts = [...doubles.map(String), ...doubles.slice(0, 1_000).map((double) => double.toPrecision(25))]
    const records = chunks(texts, 50).map(
      (some, id) => `{"id":"${id}","shop":{"f":[${some}],"g":${some[0]}},"vector_embedding":[0.9,0.7,0.2]}`,
    )
    const redis = server.pool('import-users')
    expect(await writeUsers(redis, definition, records)).toMatchObject({ written: records.length })
    expect(await writeUsers(redis, definition, records)).toMatchObject({
      written: 0,
      unchanged: records.length,
    })
    for (const [id, record] of records.entries()) {
      const { document } = await showUser({ redis: server.pool('users'), definition }, String(id))
      expect(JSON.parse(JSON.stringify(document))).toEqual(JSON.parse(record))
    }
  })

  it('of a vector round to the same float32, also those in the middle of two', async () => {
    const random = seeded(2)
    const middles = Array.from({ length: 3_000 }, () => {
      const [one = 0] = Float32Array.of(random.between(-1, 1))
      return one * (1 + 2 ** -24)
    })
    const records = chunks(middles, 3).map((vector, id) => ({ id: String(id), vector_embedding: vector }))
    const redis = server.pool('import-users')
    expect(await writeUsers(redis, definition, records)).toMatchObject({ written: records.length })
    const deps = { redis: server.pool('search-users'), definition }
    for (const { id, vector_embedding } of records) {
      expect(await readUserVector(deps, id)).toEqual(Float32Array.from(vector_embedding))
    }
  })
})

function chunks<T>(list: T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size))
}
