import { beforeAll, describe, expect, it } from 'vitest'
import { defineIndex } from '../../../lib/definition.ts'
import { FIELD_TYPE_NAMES } from '../../../lib/fields/field-types.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { provisionIndex } from '../../../lib/provisioning/provision-index.ts'
import type { RedisPool } from '../../../lib/redis/redis.ts'
import { useRedis } from '../../support/redis.ts'
import { writeUsers } from '../../support/write-users.ts'

const LONG_PLACE = `13.4,52.${'5'.repeat(130)}`
const elements = [
  'road',
  '',
  '13.4,52.5',
  '0,-0.5',
  LONG_PLACE,
  'Berlin',
  7,
  -1.5e300,
  true,
  false,
  null,
  {},
  [],
]
const values = [...elements, [], ...elements.map((element) => [element]), [1, 2], ['a', null], ['a', 1]]

describe('a user whose record is taken', () => {
  const server = useRedis({ others: [defineIndex(INDEX_DEFINITION, { storage: 'hash' })] })
  let redis: RedisPool
  beforeAll(() => {
    redis = server.pool()
  })

  it.each(
    ['json', 'hash'].flatMap((storage) =>
      FIELD_TYPE_NAMES.flatMap((type) => [
        { storage, type, sortable: false },
        { storage, type, sortable: true },
      ]),
    ),
  )('is in the index, whatever a field %j holds', async ({ storage, ...field }) => {
    const fields = [{ path: '$.f', alias: 'f', ...field }]
    const definition = defineIndex(INDEX_DEFINITION, { storage, fields })
    await redis.send(['FLUSHALL'])
    await provisionIndex({ redis, definition })
    const users = values.map((f, id) => ({ id: String(id), f, vector_embedding: [0.9, 0.7, 0.2] }))
    const { written, searchable, refused } = await writeUsers(server.pool('import-users'), definition, users)
    expect(searchable).toBe(written)
    expect(refused).toEqual([])
    expect(written).toBeGreaterThan(2)
  })
})
