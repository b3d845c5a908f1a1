import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { defineIndex, type IndexDefinition } from '../../../lib/definition.ts'
import { AppError } from '../../../lib/errors.ts'
import { spellings } from '../../../lib/fields/spellings.ts'
import { indexedWords } from '../../../lib/fields/text-words.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { cacheIndexReading } from '../../../lib/index-state/index-reading-cache.ts'
import { provisionIndex } from '../../../lib/provisioning/provision-index.ts'
import { ftCreateArgs } from '../../../lib/redis/commands/ft-create.ts'
import type { CallOptions, Command, RedisPool } from '../../../lib/redis/redis.ts'
import type { SearchRequest } from '../../../lib/search/search-request.ts'
import { searchBatch, searchUsers } from '../../../lib/search/search-users.ts'
import { bikeShop, store, storeBikeShop } from '../../support/bike-shop.ts'
import { useRedis } from '../../support/redis.ts'
import { withRoundTrips } from '../../support/round-trips.ts'

describe('a search', () => {
  const server = useRedis()
  let redis: RedisPool
  beforeEach(async () => {
    redis = server.pool()
    await redis.send(['FLUSHALL'])
  })

  const depsOf = (definition = bikeShop) => {
    const own = { redis: server.pool('search-users'), definition }
    return { ...own, readIndex: cacheIndexReading(own) }
  }
  const search = (request: Partial<SearchRequest>, definition = bikeShop) =>
    searchUsers(depsOf(definition), { k: 10, includeVector: false, ...request })
  const ids = async (request: Partial<SearchRequest>, definition = bikeShop) =>
    (await search(request, definition)).results.map(({ id }) => id)
  const code = (name: string) => expect.objectContaining({ code: name })

  async function bikes(override: object = {}): Promise<IndexDefinition> {
    const definition = defineIndex(INDEX_DEFINITION, override)
    await provisionIndex({ redis, definition })
    await storeBikeShop(redis)
    return definition
  }
  const vector = [0.9, 0.7, 0.2]

  it('finds the users of the reference, nearest first, with their distances', async () => {
    await bikes()
    const { results, complete, warnings, index, method } = await search({ vector, k: 2 })
    expect(results.map(({ id, distance }) => [id, distance])).toEqual([
      ['1', 5.96046447754e-8],
      ['2', 0.0339003205299],
    ])
    expect({ complete, warnings }).toEqual({ complete: true, warnings: [] })
    expect(method).toEqual({ exact: true, efRuntime: null })
    const byHnsw = await search({ vector, k: 2, efRuntime: 200 })
    expect(byHnsw.method).toEqual({ exact: false, efRuntime: 200 })
    expect(index).toEqual({
      name: 'idx:user_prefs',
      state: 'ready',
      percentIndexed: 100,
      ageMs: expect.any(Number),
    })
  })

  it('with base64 of the same numbers answers the same', async () => {
    await bikes()
    expect((await search({ vector: 'ZmZmPzMzMz/NzEw+' })).results).toEqual((await search({ vector })).results)
  })

  it('by a user leaves that user out, and still finds k', async () => {
    await bikes()
    expect(await ids({ user: '1', k: 2 })).toEqual(['2', '3'])
    expect(await ids({ user: '1', filter: { labels: 'road' } })).toEqual(['4'])
  })

  it('by a user who is not there, or has no usable vector, says so', async () => {
    await bikes()
    await store(redis, {
      'user:none': { user: 'x' },
      'user:zero': { vector_embedding: [0, 0, 0] },
      'user:text': { vector_embedding: 'x' },
    })
    await expect(ids({ user: '99' })).rejects.toThrow(code('USER_NOT_FOUND'))
    for (const user of ['none', 'zero', 'text']) {
      await expect(ids({ user })).rejects.toThrow(code('USER_NOT_SEARCHABLE'))
    }
  })

  it('by a group finds those nearest to its mean, without its members, and still k', async () => {
    await bikes()
    expect(await ids({ like: ['1', '2'] })).toEqual(['3', '4'])
    expect(await ids({ like: ['1', '2'], k: 1 })).toEqual(['3'])
    expect(await ids({ like: ['3', [0.1, 0.9, 0.7]] })).toEqual(['4', '2', '1'])
    expect(await ids({ like: ['3'], unlike: ['4'] })).toEqual(['2', '1'])
    expect(await ids({ like: [{ user: '3' }, { vector, weight: 100 }], k: 1 })).toEqual(['1'])
    expect(await ids({ like: ['1', '2', '3', '4'] })).toEqual([])
  })

  it('by a group with somebody who is not there says who', async () => {
    await bikes()
    await expect(ids({ like: ['1', '99'] })).rejects.toThrow(
      expect.objectContaining({
        code: 'USER_NOT_FOUND',
        problems: [expect.objectContaining({ path: 'like[1]' })],
      }),
    )
  })

  it('ends at the distance that is asked for', async () => {
    await bikes()
    expect(await ids({ vector, maxDistance: 0.04 })).toEqual(['1', '2'])
    expect(await ids({ vector, maxDistance: 0 })).toEqual([])
  })

  it('that is exact is brute force, one with an EF_RUNTIME is HNSW with that, and one of few users brute force', async () => {
    const definition = await bikes()
    const sent: string[] = []
    const deps = {
      ...depsOf(definition),
      redis: {
        send: (command: Command, options?: CallOptions) => {
          sent.push(command.join(' '))
          return server.pool('search-users').send(command, options)
        },
      },
    }
    const base = { vector, k: 2, includeVector: false }
    const order = ['1', '2']
    for (const how of [{ exact: true }, { efRuntime: 300 }, {}]) {
      expect((await searchUsers(deps, { ...base, ...how })).results.map(({ id }) => id)).toEqual(order)
    }
    expect(sent).toEqual([
      expect.stringMatching(/HYBRID_POLICY ADHOC_BF.* TIMEOUT 0/),
      expect.stringMatching(/EF_RUNTIME \$ef.* ef 300/),
      expect.stringMatching(/HYBRID_POLICY ADHOC_BF.* TIMEOUT 0/),
    ])
  })

  it('of several at once answers each as if it were alone, in two round trips', async () => {
    const definition = await bikes()
    const { redis: counted, trips } = withRoundTrips(server.pool('search-users'))
    const deps = { ...depsOf(definition), redis: counted }
    await deps.readIndex()
    const requests = [
      { vector, k: 2 },
      { user: '1', k: 1 },
      { user: '99', k: 1 },
      { like: ['1', '2'], k: 2 },
    ]
    const complete = requests.map((request) => ({ ...request, includeVector: false }))
    const answers = await searchBatch(deps, complete)
    expect(trips).toEqual([Array(3).fill('JSON.GET'), Array(3).fill('FT.SEARCH')])
    const outcomes = answers.map((one) =>
      one instanceof AppError ? one.code : one.results.map(({ id }) => id),
    )
    expect(outcomes).toEqual([['1', '2'], ['2'], 'USER_NOT_FOUND', ['3', '4']])
  })

  it('of several at once is refused as a whole when one is wrong, before Redis is asked', async () => {
    const definition = await bikes()
    const deps = depsOf(definition)
    await redis.send(['CONFIG', 'RESETSTAT'])
    const requests = [{ vector }, { vector: [1, 2] }].map((one) => ({ ...one, k: 1, includeVector: false }))
    await expect(searchBatch(deps, requests)).rejects.toThrow(
      expect.objectContaining({
        code: 'VECTOR_DIMENSIONS',
        problems: [expect.objectContaining({ path: 'searches[1].vector' })],
      }),
    )
    expect(String(await redis.send(['INFO', 'commandstats']))).not.toMatch(/FT\./i)
  })

  it('finds those near a place', async () => {
    const definition = await bikes({ fields: [{ path: '$.at', alias: 'at', type: 'GEO' }] })
    await store(redis, {
      'user:berlin': { at: '13.4,52.5', vector_embedding: vector },
      'user:potsdam': { at: '13.06,52.4', vector_embedding: vector },
      'user:paris': { at: '2.35,48.86', vector_embedding: vector },
    })
    const near = (km: number) =>
      ids({ vector, filter: { at: { $near: { lon: 13.4, lat: 52.5, km } } } }, definition)
    expect(await near(5)).toEqual(['berlin'])
    expect(await near(50)).toEqual(['berlin', 'potsdam'])
    expect(await near(1000)).toEqual(['berlin', 'paris', 'potsdam'])
  })

  it('brings the fields that were asked for, and the vector only when it was', async () => {
    await bikes()
    expect((await search({ vector, k: 1 })).results[0]).toEqual({
      id: '1',
      distance: expect.any(Number),
      similarity: expect.any(Number),
      fields: { descr: "Samuel is into mountain and kid's bikes.", labels: 'mountain, kids' },
    })
    const [result] = (await search({ vector, k: 1, fields: ['labels'], includeVector: true })).results
    expect(result).toMatchObject({ fields: { labels: 'mountain, kids' }, vector })
    expect(result?.fields).not.toHaveProperty('descr')
  })

  it('brings a sortable field as it is stored, not as it is sorted', async () => {
    const fields = [{ path: '$.user', alias: 'user', type: 'TEXT', sortable: true }]
    const definition = await bikes({ fields })
    await store(redis, { 'user:5': { user: 'ÄLICE Liddell', vector_embedding: vector } })
    expect((await search({ vector }, definition)).results.find(({ id }) => id === '5')?.fields).toEqual({
      user: 'ÄLICE Liddell',
    })
  })

  it.each([
    [{ labels: 'road' }, ['4']],
    [{ labels: 'ROAD' }, ['4']],
    [{ labels: { $in: ['road', 'mountain'] } }, ['1', '2', '4']],
    [{ labels: { $ne: 'mountain' } }, ['3', '4']],
    [{ labels: 'kids', $not: { labels: 'mountain' } }, ['3', '4']],
    [{ $or: [{ labels: 'road' }, { descr: { $text: 'samuel' } }] }, ['1', '4']],
    [{ descr: { $text: "kid's bikes" } }, ['1', '2', '3', '4']],
    [{ descr: { $text: 'the ROAD' } }, ['4']],
    [{ descr: { $text: 'bike' } }, []],
    [{ labels: 'nobody' }, []],
    [{ labels: '*' }, []],
    [{ labels: 'road} | -@labels:{x' }, []],
  ])('with the filter %j finds %j', async (filter, expected) => {
    await bikes()
    expect(await ids({ vector, filter })).toEqual(expected)
  })

  it('under L2 and IP gives the distances of those metrics', async () => {
    const l2 = await bikes({ vector: { metric: 'L2' } })
    const [first, second] = (await search({ vector, k: 2 }, l2)).results
    expect(first).toMatchObject({ id: '1', distance: 0, similarity: 1 })
    expect(second?.distance).toBeCloseTo(0.04 + 0.04 + 0.01, 5)
    await redis.send(['FLUSHALL'])
    const ip = await bikes({ vector: { metric: 'IP' } })
    const [nearest] = (await search({ vector, k: 1 }, ip)).results
    expect(nearest?.similarity).toBeCloseTo(0.81 + 0.49 + 0.04, 5)
  })

  it('on a FLAT index, which knows no EF_RUNTIME', async () => {
    const definition = await bikes({ vector: { algorithm: 'FLAT' } })
    expect(await ids({ vector, k: 2 }, definition)).toEqual(['1', '2'])
  })

  it('gives all of more than ten, in order', async () => {
    await bikes()
    await store(
      redis,
      Object.fromEntries(
        Array.from({ length: 300 }, (_, i) => [`user:n${i}`, { vector_embedding: [1, i / 100, 0.5] }]),
      ),
    )
    const { results } = await search({ vector, k: 250 })
    expect(results).toHaveLength(250)
    const distances = results.map(({ distance }) => distance)
    expect(distances).toEqual(distances.toSorted((a, b) => a - b))
  })

  it.each([
    ['a TAG and a TEXT field', {}],
    ['a NUMERIC field only', { fields: [{ path: '$.age', alias: 'age', type: 'NUMERIC' }] }],
    ['no field at all', { fields: [] }],
  ])(
    'finds k of users who are all alike, where HNSW alone does not, in an index with %s',
    async (_, override) => {
      const definition = defineIndex(INDEX_DEFINITION, override)
      await provisionIndex({ redis, definition })
      const kinds = [vector, [1, 0, 0], [0, 1, 0], [0, 0, 1]]
      const users = Array.from({ length: 4000 }, (_, i) => [`user:${i}`, { vector_embedding: kinds[i % 4] }])
      await store(redis, Object.fromEntries(users))
      expect(await search({ vector, k: 2000, fields: [] }, definition)).toMatchObject({
        results: expect.objectContaining({ length: 2000 }),
        complete: true,
      })
    },
  )

  it('of an index that is being built says that it is not complete', async () => {
    const wide = defineIndex(INDEX_DEFINITION, { vector: { dimensions: 256 } })
    const random = () => Array.from({ length: 256 }, Math.random)
    await Promise.all(
      Array.from({ length: 4000 }, (_, i) =>
        redis.send(['JSON.SET', `user:${i}`, '$', JSON.stringify({ vector_embedding: random() })]),
      ),
    )
    await provisionIndex({ redis, definition: wide })
    const answer = await search({ vector: random() }, wide)
    expect(answer).toMatchObject({ complete: false, index: { state: 'building' } })
    expect(answer.warnings.join()).toMatch(/The index is building: [\d.]+ % of the documents are in it/)
  })

  it('of an index that is not as defined says so: an attribute that is missing finds nobody, silently', async () => {
    await bikes({ fields: [] })
    const { results, complete, warnings } = await search({ vector, filter: { labels: 'road' } })
    expect({ results, complete }).toEqual({ results: [], complete: false })
    expect(warnings.join()).toContain('labels.type')
  })

  it('of an earlier index shows no field that the definition has not: it was private there', async () => {
    const hidden = INDEX_DEFINITION.fields.map((field) => ({
      ...field,
      returned: field.alias !== 'labels',
    }))
    await bikes({ fields: hidden })
    const now = defineIndex(INDEX_DEFINITION, { fields: hidden.filter(({ returned }) => returned) })
    const { results, warnings } = await search({ vector, k: 1 }, now)
    expect(warnings.join()).toContain('The index differs from its definition')
    expect(results).toMatchObject([
      { id: '1', fields: expect.objectContaining({ descr: expect.any(String) }) },
    ])
    expect(results[0]?.fields).not.toHaveProperty('labels')
  })

  it('leaves out a poisoned row, and says so', async () => {
    await bikes()
    await store(redis, { 'user:zero': { vector_embedding: [0, 0, 0] } })
    const { results, complete, warnings } = await search({ vector, efRuntime: 128 })
    expect(results.map(({ id }) => id)).toEqual(['1', '2', '3', '4'])
    expect(complete).toBe(false)
    expect(warnings.join()).toContain('1 rows were left out')
  })

  it('without an index is an error', async () => {
    await expect(search({ vector })).rejects.toThrow(code('INDEX_MISSING'))
  })

  it('asks Redis nothing when the request is wrong', async () => {
    await bikes()
    await redis.send(['CONFIG', 'RESETSTAT'])
    await expect(ids({ vector: [1, 2] })).rejects.toThrow(code('VECTOR_DIMENSIONS'))
    await expect(ids({ vector: [0, 0, 0] })).rejects.toThrow(code('VECTOR_ZERO'))
    await expect(ids({ user: '1', filter: { lables: 'road' } })).rejects.toThrow(code('FIELD_UNKNOWN'))
    expect(String(await redis.send(['INFO', 'commandstats']))).not.toMatch(/FT\.SEARCH|json\.get/i)
  })

  it('asks for the state of the index once, however many searches there are', async () => {
    const definition = await bikes()
    const deps = depsOf(definition)
    await redis.send(['CONFIG', 'RESETSTAT'])
    await Promise.all(
      Array.from({ length: 20 }, () => searchUsers(deps, { vector, k: 1, includeVector: false })),
    )
    expect(String(await redis.send(['INFO', 'commandstats']))).toMatch(/cmdstat_FT\.INFO:calls=1,/i)
  })
})

describe('the state of the index', () => {
  const server = useRedis()

  it('is asked again after 10 s when it is ready, after 1 s when it is not', async () => {
    const redis = server.pool()
    let time = 0
    const deps = { redis: server.pool('search-users'), definition: bikeShop }
    const read = cacheIndexReading(deps, () => time)
    expect(await read()).toMatchObject({ state: 'absent', ageMs: 0 })
    await provisionIndex({ redis, definition: bikeShop })
    time = 999
    expect(await read()).toMatchObject({ state: 'absent', ageMs: 999 })
    time = 1_000
    expect(await read()).toMatchObject({ state: 'ready', ageMs: 0 })
    await redis.send(['FLUSHALL'])
    time = 10_999
    expect(await read()).toMatchObject({ state: 'ready', ageMs: 9_999 })
    time = 11_000
    expect(await read()).toMatchObject({ state: 'absent', ageMs: 0 })
  })
})

describe('the words of a text filter', () => {
  const server = useRedis()
  let redis: RedisPool
  beforeAll(async () => {
    redis = server.pool()
    await redis.send(ftCreateArgs('idx', bikeShop))
  })
  const find = async (word: string) =>
    (await redis.send([
      'FT.SEARCH',
      'idx',
      '@descr:($w)',
      'PARAMS',
      '2',
      'w',
      word,
      'NOCONTENT',
      'DIALECT',
      '2',
    ])) as { total_results: number }

  it('are cut where the server cuts, at every ASCII character but the backslash', async () => {
    const ours = new Set<string>()
    const theirs = new Set<string>()
    for (let i = 0x20; i < 0x7f; i++) {
      const text = `abcd${String.fromCharCode(i)}wxyz`
      await store(redis, { 'user:1': { descr: text } })
      if ((await find('wxyz')).total_results === 1) theirs.add(text)
      if (indexedWords(text).length === 2) ours.add(text)
    }
    expect(ours).toEqual(theirs)
  })

  it('leave out the stop words that the server leaves out', async () => {
    const words = indexedWords('bikes for sale with the best saddle')
    expect(words).toEqual(['bikes', 'sale', 'best', 'saddle'])
    for (const word of words) {
      await store(redis, { 'user:1': { descr: word } })
      expect((await find(word)).total_results, word).toBe(1)
    }
    for (const word of ['the', 'a', 'for', 'with', 'will', 'there']) {
      await store(redis, { 'user:1': { descr: word } })
      expect((await find(word)).total_results, word).toBe(0)
      expect(indexedWords(word)).toEqual([])
    }
  })

  it('find a word beyond ASCII in the spellings that documents have', async () => {
    for (const [stored, asked] of [
      ['ÄPFEL', 'äpfel'],
      ['äpfel', 'ÄPFEL'],
      ['Äpfel', 'äpfel'],
      ['MÜLLER', 'müller'],
      ['müller', 'Müller'],
    ]) {
      await store(redis, { 'user:1': { descr: stored } })
      const found = await Promise.all(spellings(asked ?? '').map((spelling) => find(String(spelling))))
      expect(
        found.some(({ total_results }) => total_results === 1),
        `${asked} in ${stored}`,
      ).toBe(true)
    }
  })
})
