import { createServer } from 'node:http'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { listen } from '../../../dev/local/listen.ts'
import { checkHealth } from '../../../lib/check/check-health.ts'
import { defineIndex, type IndexDefinition } from '../../../lib/definition.ts'
import { importUsers } from '../../../lib/import/import-users.ts'
import { listImports } from '../../../lib/import/manage-imports.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { cacheIndexReading } from '../../../lib/index-state/index-reading-cache.ts'
import { indexStatus } from '../../../lib/index-state/index-status.ts'
import { versionsKey } from '../../../lib/index-state/versions.ts'
import { backfillWindow, INITIAL_BACKFILL } from '../../../lib/provisioning/backfill.ts'
import { planIndex } from '../../../lib/provisioning/plan-index.ts'
import { provisionIndex } from '../../../lib/provisioning/provision-index.ts'
import { rollBackIndex } from '../../../lib/provisioning/roll-back-index.ts'
import { measureRecall } from '../../../lib/recall/measure-recall.ts'
import type { Role } from '../../../lib/redis/acl.ts'
import { watchArgs } from '../../../lib/redis/commands/transactions.ts'
import { poolWithDeadline } from '../../../lib/redis/pool-with-deadline.ts'
import { type Command, type RedisPool, replyOf } from '../../../lib/redis/redis.ts'
import { transact } from '../../../lib/redis/transact.ts'
import { objectStore } from '../../../lib/s3/object-store.ts'
import type { SearchRequest } from '../../../lib/search/search-request.ts'
import { searchBatch, searchUsers } from '../../../lib/search/search-users.ts'
import { deleteUser, putUser, showUser } from '../../../lib/users/manage-users.ts'
import { bikeShop, connectTo, storeBikeShop } from '../../support/bike-shop.ts'
import { everyType } from '../../support/definitions.ts'
import { useRedis, VERSIONS } from '../../support/redis.ts'
import {
  type Gateway,
  type StartGateway,
  startGateway,
  startOtherGateway,
} from '../../support/rest-gateway.ts'
import { proxyTo } from '../../support/search-environment.ts'
import { writeUsers } from '../../support/write-users.ts'

const users = [
  {
    id: '1',
    descr: 'Likes "road" bikes, Grüße 🚲',
    labels: 'Mountain,kids',
    vector_embedding: [0.9, 0.7, 0.2],
  },
  { id: '2', descr: 'city bikes', labels: ['road', '"'], age: 41, vector_embedding: [0.6, 0.7, 0.5] },
  { id: '3', labels: 'kids', address: { position: '13.4,52.5' }, vector_embedding: [-0.3, 0.1, 0.9] },
  { id: '4', descr: '\u0001 \u2028', age: 5.96e-8, vector_embedding: [1e-3, -0.5, 0.25] },
  { id: 'ü 5', income: 9, vector_embedding: [0.1, 0.2, -0.3] },
]

const requests: Partial<SearchRequest>[] = [
  { vector: [0.9, 0.7, 0.2] },
  // f18080 3f…: cut in the middle of a UTF-8 sequence, of which the rest looks like a vector's end.
  { vector: [1.003_936_886_787_414_6, 0.5, 0.5] },
  { vector: [-1, 1e-3, 3.3], exact: true, includeVector: true },
  { vector: Buffer.from(Float32Array.of(2, 2.5, 0.5).buffer).toString('base64'), includeVector: true },
  { user: '1', includeVector: true },
  { like: ['1', 'ü 5'], unlike: ['3'] },
  { vector: [1, 1, 1], filter: { labels: { $in: ['kids', '"', 'TIMEOUT'] } } },
  { vector: [1, 1, 1], filter: { descr: { $text: 'bikes' }, age: { $gte: 1 } } },
  { vector: [1, 1, 1], filter: { place: { $near: { lon: 13.4, lat: 52.5, km: 1 } } }, fields: ['place'] },
  { user: '2', k: 1, maxDistance: 0.5 },
]

const definitions: [string, IndexDefinition][] = [
  ['json', everyType],
  [
    'hashes, with vectors of FLOAT16',
    defineIndex(INDEX_DEFINITION, { storage: 'hash', fields: everyType.fields, vector: { type: 'FLOAT16' } }),
  ],
]

const gateways: [string, StartGateway | undefined][] = [
  ['TCP', undefined],
  ['our gateway', startGateway],
  ['upstash-redis-server', startOtherGateway],
]

const worlds = VERSIONS.flatMap((version) =>
  definitions.map(([name, definition]) => [version, name, definition] as const),
)
const full = (request: Partial<SearchRequest>) => ({ k: 10, includeVector: false, ...request })

describe.each(worlds)('on the server %s, with users in %s', (version, _, definition) => {
  const server = useRedis({ version, definition })

  describe.each(gateways)('over %s', (_, start) => {
    let gateway: Gateway | undefined
    let overHttp: RedisPool | undefined
    /** A gateway has one user for all functions. */
    const on = (role: Role) => overHttp ?? server.pool(role)
    beforeAll(async () => {
      gateway = await start?.(server.urlOf('gateway'))
      overHttp = gateway && connectTo(gateway)
      await server.pool().send(['SCRIPT', 'FLUSH'])
      await fill()
    })
    /** Each test finds the same index and users, whichever tests ran before it. */
    async function fill(): Promise<void> {
      await server.pool().send(['FLUSHALL'])
      await provisionIndex({ redis: server.pool('provision-index'), definition })
      await writeUsers(server.pool('import-users'), definition, users)
    }
    afterAll(async () => {
      await overHttp?.close()
      await gateway?.close()
    })
    const deps = (role: Role) => ({ redis: on(role), definition })
    const searching = (on: RedisPool) => ({
      ...{ redis: on, definition },
      readIndex: cacheIndexReading({ redis: on, definition }),
    })

    it('an index that is not there is missed, made, changed, and changed back', async () => {
      onTestFinished(fill)
      await server.pool().send(['FLUSHALL'])
      await expect(
        searchUsers(searching(on('search-users')), full({ vector: [1, 1, 1] })),
      ).rejects.toMatchObject({
        code: 'INDEX_MISSING',
      })
      expect(await provisionIndex(deps('provision-index'))).toMatchObject({
        change: 'created',
        state: 'ready',
      })
      await writeUsers(server.pool('import-users'), definition, users)
      const { storage, fields, vector } = definition
      const other = defineIndex(INDEX_DEFINITION, { storage, fields, vector: { ...vector, metric: 'L2' } })
      const plan = await planIndex({ redis: on('provision-index'), definition: other })
      expect(plan).toMatchObject({ action: 'migrate', refused: null })
      const waitUntil = Date.now() + 10_000
      expect(
        await provisionIndex({ redis: on('provision-index'), definition: other }, { waitUntil }),
      ).toMatchObject({
        ...{ change: 'migrated', state: 'ready', documents: 5 },
      })
      expect(await rollBackIndex(deps('provision-index'))).toMatchObject({
        state: 'ready',
        drift: [],
        documents: 5,
      })
    })

    it('the status is the same as over TCP, and so is health', async () => {
      const expected = await indexStatus({ redis: server.pool('provision-index'), definition })
      expect(await indexStatus(deps('provision-index'))).toEqual(expected)
      expect(expected).toMatchObject({ state: 'ready', searchable: 5 })
      expect(await checkHealth(deps('health'))).toMatchObject({ status: 'ok', problems: [] })
      expect(await listImports(deps('imports'))).toEqual({ imports: [], unread: null })
    })

    it.each(requests)('a search has the answer that it has over TCP: %j', async (request) => {
      const expected = await searchUsers(searching(server.pool('search-users')), full(request))
      const answer = await searchUsers(searching(on('search-users')), full(request))
      expect(JSON.stringify(answer.results)).toBe(JSON.stringify(expected.results))
      expect(answer).toMatchObject({ complete: true, warnings: expected.warnings })
      expect(answer.results).not.toEqual([])
    })

    it('a batch has one answer or error for each', async () => {
      const answers = await searchBatch(
        searching(on('search-users')),
        [...requests, { user: '99' }].map(full),
      )
      expect(answers.at(-1)).toMatchObject({ code: 'USER_NOT_FOUND' })
      expect(answers.slice(0, -1)).toMatchObject(requests.map(() => ({ complete: true })))
    })

    it('a user is put, shown and deleted, by what is there and to the last digit', async () => {
      const vector_embedding = [0.125, -0.75, 0.25]
      const record = Buffer.from(`{"n":9007199254740993,"descr":"ü","vector_embedding":[0.125,-0.75,0.25]}`)
      const absent = { noneMatch: '*' } as const
      const put = await putUser(deps('users'), '6', record, absent)
      expect(put).toMatchObject({ change: 'created', searchable: true })
      await expect(putUser(deps('users'), '6', record, absent)).rejects.toMatchObject({
        code: 'PRECONDITION_FAILED',
      })
      expect(await putUser(deps('users'), '6', record)).toMatchObject({ version: put.version })
      const shown = await showUser(deps('users'), '6')
      expect(JSON.stringify(shown)).toBe(
        JSON.stringify(await showUser({ redis: server.pool('users'), definition }, '6')),
      )
      expect(shown).toMatchObject({ version: put.version, document: { vector_embedding } })
      const counted = Array.from({ length: 5 }, (_, i) =>
        putUser(deps('users'), '6', Buffer.from(JSON.stringify({ i, vector_embedding })), {
          match: [put.version],
        }),
      )
      const done = await Promise.allSettled(counted)
      expect(done.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      await deleteUser(deps('users'), '6')
      await expect(showUser(deps('users'), '6')).rejects.toMatchObject({ code: 'USER_NOT_FOUND' })
    })

    it('many searches at once cross no answers', async () => {
      const deps = searching(on('search-users'))
      const options = { deadline: Date.now() + 60_000 }
      const ids = Array.from({ length: 40 }, (_, i) => String((i % 4) + 1))
      const answers = await Promise.all(ids.map((user) => searchUsers(deps, full({ user }), options)))
      for (const [i, { results }] of answers.entries()) {
        expect(results).toHaveLength(4)
        expect(results.map(({ id }) => id)).not.toContain(ids[i])
      }
    })
  })
})

describe.each(gateways.slice(1))('over %s', (_, start) => {
  const server = useRedis()
  let gateway: Gateway | undefined
  beforeAll(async () => {
    gateway = await start?.(server.server.url)
  })
  afterAll(() => gateway?.close())
  const url = () => gateway?.url ?? ''
  const pool = (to = url()) => {
    const redis = connectTo({ url: to })
    onTestFinished(redis.close)
    return redis
  }

  it('recall is measured', async () => {
    const own = await start?.(server.urlOf('gateway'))
    onTestFinished(() => own?.close())
    const deps = { redis: pool(own?.url), definition: everyType }
    await provisionIndex(deps)
    await writeUsers(server.pool('import-users'), everyType, users.slice(0, 2))
    expect(await measureRecall(deps, { timeMs: 60_000 })).toMatchObject({
      skipped: null,
      curve: [{ k: 10, single: { measured: 1 } }],
    })
  }, 60_000)

  it('a wrong token is refused', async () => {
    const wrong = url().replace(/:[^:@]+@/, ':wrong@')
    await expect(pool(wrong).send(['PING'])).rejects.toMatchObject({ code: 'REDIS_REFUSED' })
  })

  it('an error shows nothing of the command, the token or the URL', async () => {
    const error = await pool()
      .send(['GET', 'canary', 'x'])
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'REDIS_ERROR' })
    expect(inspect(error, { depth: 9 })).not.toMatch(/canary|hunter2/)
  })

  it('a gateway that is down cannot be reached', async () => {
    const { proxy, url: through } = await proxyTo({ url: url() })
    await proxy.close()
    await expect(pool(through).send(['PING'])).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' })
  })

  it('a gateway that falls silent is waited for until the deadline', async () => {
    const { proxy, url: through } = await proxyTo({ url: url() })
    const redis = pool(through)
    expect(await redis.send(['PING'])).toBe('PONG')
    await proxy.toxic('timeout', { timeout: 0 })
    const sent = redis.send(['PING'], { deadline: Date.now() + 300 })
    await expect(sent).rejects.toMatchObject({ code: 'REDIS_TIMEOUT' })
  })

  it('a connection that was cut costs nobody an error', async () => {
    const { proxy, url: through } = await proxyTo({ url: url() })
    const redis = pool(through)
    expect(await redis.send(['PING'])).toBe('PONG')
    await proxy.toxic('reset_peer', { timeout: 0 }, { only: 'existing' })
    expect(await redis.send(['PING'])).toBe('PONG')
  })

  it('what is to be sent once reaches the gateway once', async () => {
    let requests = 0
    const server = createServer((request) => {
      requests++
      request.socket.destroy()
    })
    const gateway = await listen(server, { host: '127.0.0.1', port: 0 })
    onTestFinished(gateway.close)
    const redis = pool(gateway.url.replace('://', '://:x@'))
    await expect(redis.send(['PING'], { once: true })).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' })
    expect(requests).toBe(1)
    await expect(redis.send(['PING'])).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' })
    expect(requests).toBe(3)
  })

  it('bytes arrive as they are, or not at all', async () => {
    const redis = pool()
    const text = Buffer.from('Grüße \u0000 🚲')
    await redis.send(['SET', 'key', text])
    expect(await redis.send(['GET', 'key'], { binary: true })).toEqual(text)
    const all = Buffer.from(Array.from({ length: 10_000 }, (_, i) => i % 256))
    await expect(redis.send(['SET', 'key', all])).rejects.toMatchObject({ code: 'TRANSPORT_UNSUPPORTED' })
    await server.pool().send(['SET', 'key', all])
    expect(await redis.send(['GET', 'key'], { binary: true })).toEqual(all)
    expect(await redis.send(['GET', 'none'], { binary: true })).toBeNull()
  })

  it('nothing that is bound to a connection is sent', async () => {
    const redis = pool()
    for (const command of [['CLIENT', 'ID'], ['MULTI'], ['WATCH', 'key'], ['WAITAOF', '1', '0', '0']])
      await expect(redis.send(command)).rejects.toMatchObject({ code: 'TRANSPORT_UNSUPPORTED' })
  })

  it('an import is refused before the object is looked at', async () => {
    const prefixes = { importPrefix: 'imports/', reportPrefix: 'reports/' }
    const objects = objectStore('none')
    const redis = poolWithDeadline(pool(), Date.now() + 60_000)
    const deps = { redis, definition: everyType, objects, maxRecordBytes: 1_000, ...prefixes }
    await expect(importUsers(deps, { bucket: 'none', key: 'imports/users.ndjson' })).rejects.toMatchObject({
      code: 'TRANSPORT_UNSUPPORTED',
    })
  })
})

describe.each(gateways)('a lease over %s', (_, start) => {
  const server = useRedis()
  let gateway: Gateway | undefined
  let redis: RedisPool
  beforeAll(async () => {
    gateway = await start?.(server.server.url)
    redis = connectTo(gateway ?? server.server)
  })
  afterAll(async () => {
    await redis.close()
    await gateway?.close()
  })
  /** Somebody else's writing. */
  const write = (key: string) => server.pool().send(['INCR', key])
  const counted = async (watch: Command[], meanwhile: () => Promise<unknown> = async () => {}) => {
    await server.pool().send(['DEL', 'counter'])
    return redis.lease(async (connection) => {
      for (const command of watch) await connection.send(command)
      await meanwhile()
      const done = await transact(connection, [['INCR', 'counter']])
      return done?.map(replyOf)
    })
  }

  it('does nothing in a transaction when somebody has written a watched key, whichever it is', async () => {
    for (const watch of [
      [
        ['WATCH', 'a'],
        ['WATCH', 'b'],
      ],
      [['WATCH', 'a', 'b']],
    ]) {
      for (const key of ['a', 'b']) expect(await counted(watch, () => write(key))).toBeUndefined()
      expect(await counted(watch, () => write('c'))).toEqual([1])
    }
  })

  it('watches a key since it was first told to', async () => {
    const twice = redis.lease(async (connection) => {
      await connection.send(['WATCH', 'a'])
      await write('a')
      await connection.send(['WATCH', 'a'])
      return transact(connection, [['INCR', 'counter']])
    })
    expect(await twice).toBeUndefined()
  })

  it('watches nothing any more after UNWATCH or a transaction', async () => {
    const keys = ['WATCH', 'a', 'b']
    expect(await counted([keys], () => write('a'))).toBeUndefined()
    expect(await counted([keys, ['UNWATCH']], () => write('a'))).toEqual([1])
    const second = await redis.lease(async (connection) => {
      await connection.send(keys)
      await transact(connection, [['INCR', 'counter']])
      await write('b')
      return transact(connection, [['GET', 'counter']])
    })
    expect(second?.map(replyOf)).toEqual(['2'])
  })

  it('copies no users when one of them, or the state of the index, was written meanwhile', async () => {
    const to = defineIndex(INDEX_DEFINITION, { storage: 'hash', prefix: 'userh:' })
    await storeBikeShop(server.pool())
    const copied = (meanwhile: Command) =>
      redis.lease(async (connection) => {
        await connection.send(watchArgs(versionsKey(bikeShop.name)))
        const window = await backfillWindow(connection, { from: bikeShop, to, copy: INITIAL_BACKFILL })
        await server.pool().send(meanwhile)
        return transact(connection, window.commands)
      })
    const versions = ['SET', versionsKey(bikeShop.name), '{}']
    const others = ['1', '2', '3', '4'].map((id) => ['JSON.SET', `user:${id}`, '$.age', '1'])
    for (const meanwhile of [versions, ...others]) expect(await copied(meanwhile)).toBeUndefined()
    expect(await copied(['PING'])).toBeDefined()
  })

  it('says of each command of a transaction what became of it', async () => {
    const outcomes = await redis.lease((connection) =>
      connection.pipeline([['MULTI'], ['SET', 'n', '1'], ['LPUSH', 'n', 'x'], ['EXEC']]),
    )
    expect(outcomes.at(-1)).toMatchObject({
      reply: ['OK', { message: expect.stringContaining('WRONGTYPE') }],
    })
  })
})
