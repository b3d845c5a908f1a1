import { beforeAll, describe, expect, it } from 'vitest'
import { defineIndex } from '../../lib/definition.ts'
import { cacheIndexReading } from '../../lib/index/index-reading-cache.ts'
import { INDEX_DEFINITION } from '../../lib/index-definition.ts'
import { provisionIndex } from '../../lib/provision-index.ts'
import { jsonSetArgs } from '../../lib/redis/commands/json.ts'
import type { RedisPool } from '../../lib/redis/redis.ts'
import { searchUsers } from '../../lib/search-users.ts'
import { useRedis } from '../support/redis.ts'

/** What docs/records.md tells of RediSearch. */
describe('as docs/records.md says,', () => {
  const server = useRedis()
  const definition = defineIndex(INDEX_DEFINITION, {
    fields: [...INDEX_DEFINITION.fields, { path: '$.age', alias: 'age', type: 'NUMERIC' }],
  })
  let redis: RedisPool
  beforeAll(async () => {
    redis = server.pool()
    await provisionIndex({ redis, definition })
  })

  /** The fields of the one user, who is stored with these members; undefined when the filter does not find him. */
  async function fieldsOf(members: string, filter?: object) {
    const document = `{"vector_embedding":[0.9,0.7,0.2],${members}}`
    await redis.send(jsonSetArgs('user:1', Buffer.from(document)))
    const own = { redis: server.pool('search-users'), definition }
    const deps = { ...own, readIndex: cacheIndexReading(own) }
    const request = { vector: [0.9, 0.7, 0.2], k: 1, includeVector: false, ...(filter && { filter }) }
    return (await searchUsers(deps, request)).results[0]?.fields
  }

  const finds = async (descr: string, $text: string) =>
    (await fieldsOf(`"descr":${JSON.stringify(descr)}`, { descr: { $text } })) !== undefined

  it.each(['road bikes', 'road, bikes', 'road-bikes', 'road\tbikes', 'road \n bikes'])(
    '%j is two words',
    async (descr) => {
      expect(await finds(descr, 'road')).toBe(true)
      expect(await finds(descr, 'bikes')).toBe(true)
    },
  )

  it.each(['road\nbikes', 'road\r\nbikes'])('%j is one word, without its line break', async (descr) => {
    expect(await finds(descr, 'road')).toBe(false)
    expect(await finds(descr, descr)).toBe(false)
    expect(await finds(descr, 'roadbikes')).toBe(true)
  })

  it.each(['road\u00a0bikes', 'road\u2009bikes', 'road\u3000bikes'])(
    'no word finds %j, whose blank is not ASCII',
    async (descr) => {
      for (const text of ['road', 'bikes', 'roadbikes', descr]) expect(await finds(descr, text)).toBe(false)
    },
  )

  it.each(['road—bikes', 'road…bikes'])('%j is one word', async (descr) => {
    expect(await finds(descr, 'road')).toBe(false)
    expect(await finds(descr, descr)).toBe(true)
  })

  it('a tag is cut at its separator only', async () => {
    expect(await fieldsOf('"labels":"road\\u00a0bikes, kids"', { labels: 'road\u00a0bikes' })).toBeDefined()
  })

  it.each([
    ['"labels":["kids","road"]', { labels: ['kids', 'road'] }],
    ['"age":[1.2345678901234567,2]', { age: [1.2345678901234567, 2] }],
    ['"descr":"[1,2]"', { descr: [1, 2] }],
    ['"labels":true', { labels: '1' }],
    ['"labels":false', { labels: '0' }],
    ['"age":1.2345678901234567', { age: 1.23456789012 }],
    ['"age":9007199254740991', { age: Number.MAX_SAFE_INTEGER }],
    ['"age":9007199254740993', { age: 9007199254740992 }],
    ['"descr":null', { descr: null }],
  ])('%s is answered as %j', async (members, fields) => {
    expect(await fieldsOf(members)).toEqual(fields)
  })
})
