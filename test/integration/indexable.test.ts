import { beforeAll, describe, expect, it } from 'vitest'
import { defineIndex } from '../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../lib/index-definition.ts'
import { provisionIndex } from '../../lib/provision-index.ts'
import { ftSearchKeysArgs, parseFtSearch } from '../../lib/redis/commands/ft-search.ts'
import type { RedisPool } from '../../lib/redis/redis.ts'
import { recordCheck } from '../../lib/users/user-record.ts'
import { store } from '../support/bike-shop.ts'
import { useRedis } from '../support/redis.ts'

const elements = ['road', '', '13.4,52.5', 'Berlin', 7, true, null, {}, []]
const values = [...elements, [], ...elements.map((element) => [element]), [1, 2], ['a', null], ['a', 1]]

describe('a user whose record is taken', () => {
  const server = useRedis()
  let redis: RedisPool
  beforeAll(() => {
    redis = server.pool()
  })

  it.each(
    ['TEXT', 'TAG', 'NUMERIC', 'GEO'].flatMap((type) => [
      { type, sortable: false },
      { type, sortable: true },
    ]),
  )('is in the index, whatever a field %j holds', async (field) => {
    const definition = defineIndex(INDEX_DEFINITION, { fields: [{ path: '$.f', alias: 'f', ...field }] })
    const check = recordCheck(definition)
    await redis.send(['FLUSHALL'])
    await provisionIndex({ redis, definition })
    const taken = values
      .map((f, id) => ({ id: String(id), f, vector_embedding: [0.9, 0.7, 0.2] }))
      .filter((user) => 'record' in check(Buffer.from(JSON.stringify(user))))
    await store(redis, Object.fromEntries(taken.map((user) => [`user:${user.id}`, user])))
    const keys = taken.map(({ id }) => `user:${id}`)
    const { rows } = parseFtSearch(await redis.send(ftSearchKeysArgs(definition.name, keys)))
    expect(rows.map(({ key }) => key).toSorted()).toEqual(keys.toSorted())
    expect(taken.length).toBeGreaterThan(2)
  })
})
