import { createClient } from 'redis'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { defineIndex, type IndexDefinition } from '../../../lib/definition.ts'
import { VECTOR_TYPE_NAMES } from '../../../lib/fields/vector-types.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { cacheIndexReading } from '../../../lib/index-state/index-reading-cache.ts'
import { indexStatus } from '../../../lib/index-state/index-status.ts'
import { provisionIndex } from '../../../lib/provisioning/provision-index.ts'
import { measureRecall } from '../../../lib/recall/measure-recall.ts'
import type { RedisPool } from '../../../lib/redis/redis.ts'
import type { SearchRequest } from '../../../lib/search/search-request.ts'
import { searchUsers } from '../../../lib/search/search-users.ts'
import { storageOf } from '../../../lib/storage/storage-of.ts'
import { readUserVector } from '../../../lib/users/user-vector.ts'
import { useRedis } from '../../support/redis.ts'
import { writeUsers } from '../../support/write-users.ts'

const fields = [
  { path: '$.descr', alias: 'descr', type: 'TEXT', sortable: true },
  { path: '$.labels', alias: 'labels', type: 'TAG' },
  { path: '$.labels', alias: 'sorted', type: 'TAG', sortable: true },
  { path: '$.profile.age', alias: 'age', type: 'NUMERIC', sortable: true },
  { path: '$.profile.home', alias: 'home', type: 'GEO' },
  { path: '$.__proto__.secret', alias: 'secret', type: 'TAG', returned: false, filterable: true },
]

/** Vectors that all three types can hold to the last bit. */
const samuel = `{"id":"1","user":"Samuel","descr":"Likes ROAD bikes","labels":"Mountain, kids","crm":9007199254740993,
  "profile":{"age":41,"home":"13.4,52.5","none":null,"deep":[{"a":-0}]},"vector_embedding":[0.875,0.75,0.25]}`
const users = [
  samuel,
  '{"id":"2","labels":["kids","a,b",null,""],"descr":["road bikes",null,"none"],"vector_embedding":[0.5,0.75,0.125]}',
  '{"id":"3","labels":true,"descr":null,"profile":"none","vector_embedding":[0.25,0.25,1]}',
  '{"id":"4","__proto__":{"secret":"x"},"descr":"","profile":{"age":-1.5},"vector_embedding":[0.125,1,0.75]}',
  '{"id":"5","labels":"[1,2]","profile":{"age":9007199254740993},"vector_embedding":[1,0.0625,0.25]}',
]

const vector = [0.875, 0.75, 0.25]

const vectors = VECTOR_TYPE_NAMES.flatMap((type) =>
  ['HNSW', 'FLAT'].flatMap((algorithm) =>
    ['COSINE', 'L2', 'IP'].map((metric) => ({ type, algorithm, metric })),
  ),
)

describe.each(['json', 'hash'])('users are kept and found the same in storage %s', (storage) => {
  const server = useRedis({ definition: defineIndex(INDEX_DEFINITION, { storage }) })

  describe.each(vectors)('with a vector of %j:', (vectorOf) => {
    const definition = defineIndex(INDEX_DEFINITION, { storage, fields, vector: vectorOf })
    beforeAll(async () => {
      await server.pool().send(['FLUSHALL'])
      await provisionIndex({ redis: server.pool('provision-index'), definition })
      await write(users)
    })

    const write = (records: string[]) => writeUsers(server.pool('import-users'), definition, records)
    const search = (request: Partial<SearchRequest>) => {
      const deps = { redis: server.pool('search-users'), definition }
      const all = { ...deps, readIndex: cacheIndexReading(deps) }
      return searchUsers(all, { k: 10, includeVector: false, ...request })
    }
    const storedText = (id: string) => readText(server.pool('import-users'), definition, id)
    const ids = async (request: Partial<SearchRequest>) => (await search(request)).results.map(({ id }) => id)
    const expected = nearest(definition)

    it('have their recall measured where HNSW may miss somebody', async () => {
      const recall = await measureRecall({ redis: server.pool('check-index'), definition })
      if (vectorOf.algorithm === 'FLAT') expect(recall).toBeNull()
      else
        expect(recall).toMatchObject({
          skipped: null,
          curve: [{ k: 10, single: { measured: 1 }, group: { measured: 1 } }],
        })
    })

    it('all are in the index, which is as defined', async () => {
      const status = await indexStatus({ redis: server.pool('provision-index'), definition })
      expect(status).toMatchObject({ state: 'ready', searchable: 5, failures: 0, drift: [] })
    })

    it('a record comes back as it came, to the last digit', async () => {
      for (const user of users) {
        const stored = (await storedText(JSON.parse(user).id)) ?? ''
        expect(JSON.parse(stored)).toEqual(JSON.parse(user))
        expect(stored.match(/9007199254740993/g)).toEqual(user.match(/9007199254740993/g))
      }
      expect(await storedText('99')).toBeUndefined()
    })

    it('who says nothing new is not written again', async () => {
      expect(await write(users)).toMatchObject({ unchanged: 5, written: 0 })
    })

    it('the nearest come first, with their distances', async () => {
      const { results } = await search({ vector })
      expect(results.map(({ id }) => id)).toEqual(expected.map(({ id }) => id))
      for (const [i, { distance }] of expected.entries())
        expect(Math.abs((results[i]?.distance ?? Number.NaN) - distance)).toBeLessThan(2e-3)
      const base64 = Buffer.from(Float32Array.from(vector).buffer).toString('base64')
      expect(await ids({ vector: base64 })).toEqual(expected.map(({ id }) => id))
    })

    it('an answer has their fields and vectors', async () => {
      const { results } = await search({ vector, includeVector: true })
      const answered = Object.fromEntries(results.map(({ id, fields }) => [id, fields]))
      expect(answered['1']).toEqual({
        descr: 'Likes ROAD bikes',
        labels: 'Mountain, kids',
        sorted: 'Mountain, kids',
        age: 41,
        home: '13.4,52.5',
      })
      expect(answered['2']).toEqual({
        descr: ['road bikes', null, 'none'],
        labels: ['kids', 'a,b', null, ''],
        sorted: ['kids', 'a,b', null, ''],
      })
      expect(answered['3']).toMatchObject({ descr: null })
      expect(answered['4']).toEqual({ descr: '', age: -1.5 })
      expect(results.find(({ id }) => id === '1')?.vector).toEqual(vector)
      const [bare] = (await search({ vector, fields: [] })).results
      expect(bare).toEqual({ ...results[0], fields: {}, vector: undefined })
    })

    it.each([
      [{ labels: 'kids' }, ['1', '2']],
      [{ labels: 'b' }, ['2']],
      [{ labels: true }, ['3']],
      [{ sorted: 'MOUNTAIN' }, ['1']],
      [{ secret: 'x' }, ['4']],
      [{ descr: { $text: 'road bikes' } }, ['1', '2']],
      [{ age: { $lt: 42 } }, ['1', '4']],
      [{ home: { $near: { lon: 13.4, lat: 52.5, km: 1 } } }, ['1']],
    ])('the filter %j finds %j', async (filter, found) => {
      expect((await ids({ vector, filter })).toSorted()).toEqual(found)
    })

    it('a search by a user has that vector, and not that user', async () => {
      const deps = { redis: server.pool('search-users'), definition }
      expect(Array.from(await readUserVector(deps, '1'))).toEqual(vector)
      expect(await ids({ user: '1' })).toEqual(expected.map(({ id }) => id).filter((id) => id !== '1'))
    })

    it('what a later record does not have any more is gone, and so is who is deleted', async () => {
      const later = ['{"id":"1","vector_embedding":[1,0,0]}', '{"id":"2","deleted":true}']
      expect(await write(later)).toMatchObject({
        ...{ written: 1, deleted: 1, searchable: 1 },
      })
      const stored = (await storedText('1')) ?? ''
      expect(JSON.parse(stored)).toEqual({ id: '1', vector_embedding: [1, 0, 0] })
      expect(await ids({ vector, filter: { labels: 'kids' } })).toEqual([])
      await expect(ids({ user: '2' })).rejects.toThrow(expect.objectContaining({ code: 'USER_NOT_FOUND' }))
      expect(await ids({ vector })).toHaveLength(4)
    })
  })

  it('a key of another type is nobody, and is left alone', async () => {
    const redis = server.pool()
    const definition = defineIndex(INDEX_DEFINITION, { storage })
    await redis.send(['FLUSHALL'])
    await provisionIndex({ redis, definition })
    await redis.send(['RPUSH', 'user:1', 'x'])
    const searcher = server.pool('search-users')
    await expect(readUserVector({ redis: searcher, definition }, '1')).rejects.toThrow(
      expect.objectContaining({ code: 'USER_NOT_SEARCHABLE' }),
    )
    const line = '{"id":"1","vector_embedding":[1,0,0]}'
    const { written, refused } = await writeUsers(server.pool('import-users'), definition, [line])
    expect(written).toBe(0)
    expect(refused).toMatchObject([{ reject: { id: '1', code: 'RECORD_UNSTORABLE' } }])
    expect(await redis.send(['LRANGE', 'user:1', '0', '-1'])).toEqual(['x'])
  })
})

describe('a user in a hash', () => {
  const definition = defineIndex(INDEX_DEFINITION, { storage: 'hash' })
  const server = useRedis({ definition })
  const readVector = (id: string) => readUserVector({ redis: server.pool('search-users'), definition }, id)
  let redis: RedisPool
  beforeEach(async () => {
    redis = server.pool()
    await redis.send(['FLUSHALL'])
    await provisionIndex({ redis, definition })
  })

  it('whom somebody else wrote is who the fields and the vector say', async () => {
    const bytes = Buffer.from(Float32Array.of(1, 0, 0).buffer)
    await redis.send(['HSET', 'user:1', 'labels', 'kids', 'vector', bytes, 'other', 'x'])
    await redis.send(['HSET', 'user:2', 'labels', 'kids'])
    await redis.send(['HSET', 'user:3', 'vector', bytes.subarray(1)])
    await redis.send(['HSET', 'user:4', 'vector', bytes, 'labels', 'x', '__rest', '{', '__exact', '[7'])
    expect(await readText(redis, definition, '4')).toBe('{"labels":"x","vector_embedding":[1,0,0]}')
    expect(await readText(redis, definition, '1')).toBe('{"labels":"kids","vector_embedding":[1,0,0]}')
    expect(await readVector('1')).toEqual(Float32Array.of(1, 0, 0))
    for (const id of ['2', '3']) {
      await expect(readVector(id)).rejects.toThrow(expect.objectContaining({ code: 'USER_NOT_SEARCHABLE' }))
    }
  })

  it('costs the graph one insertion, and a second only when a field has vanished', async () => {
    await redis.send(['CONFIG', 'SET', 'notify-keyspace-events', 'Eh'])
    const seen: string[] = []
    await using listener = await subscribe(server.server.url, (event) => seen.push(event))
    const bare = '{"id":"1","vector_embedding":[1,0,0]}'
    for (const record of [bare, '{"id":"1","labels":"kids","vector_embedding":[1,0,1]}', bare]) {
      await writeUsers(server.pool('import-users'), definition, [record])
    }
    await listener.settled(() => seen.length >= 4)
    expect(seen).toEqual(['hset', 'hset', 'hset', 'hdel'])
  })
})

/** A stored user as the text of its document. */
async function readText(
  redis: RedisPool,
  definition: IndexDefinition,
  id: string,
): Promise<string | undefined> {
  const storage = storageOf(definition)
  const keys = [`user:${id}`]
  const outcomes = await redis.lease(({ pipeline }) => pipeline(storage.readArgs(keys), storage.readOptions))
  const [stored] = storage.parseRead(keys, outcomes)
  return stored && JSON.stringify(stored.document())
}

/** The keyspace events of a server. */
async function subscribe(url: string, heard: (event: string) => void) {
  const client = createClient({ url, socket: { reconnectStrategy: false } }).on('error', () => {})
  await client.connect()
  await client.pSubscribe('__keyevent@0__:*', (_key, channel) =>
    heard(channel.slice('__keyevent@0__:'.length)),
  )
  return {
    settled: (isDone: () => boolean) => expect.poll(isDone).toBe(true),
    [Symbol.asyncDispose]: async () => client.destroy(),
  }
}

/** By brute force in doubles. */
function nearest({ vector: { metric } }: IndexDefinition) {
  const dot = (a: number[], b: number[]) => a.reduce((sum, part, i) => sum + part * (b[i] ?? 0), 0)
  const distances = {
    COSINE: (a: number[]) => 1 - dot(a, vector) / Math.sqrt(dot(a, a) * dot(vector, vector)),
    L2: (a: number[]) => a.reduce((sum, part, i) => sum + (part - (vector[i] ?? 0)) ** 2, 0),
    IP: (a: number[]) => 1 - dot(a, vector),
  }
  return users
    .map((user) => JSON.parse(user))
    .map(({ id, vector_embedding }) => ({ id, distance: distances[metric](vector_embedding) }))
    .toSorted((a, b) => a.distance - b.distance)
}
