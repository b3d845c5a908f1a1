import { beforeEach, describe, expect, it } from 'vitest'
import { defineIndex, type IndexDefinition, indexName } from '../../../lib/definition.ts'
import { IMPORTS_KEY, ledgerKey } from '../../../lib/import/import-ledger.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { cacheIndexReading } from '../../../lib/index-state/index-reading-cache.ts'
import { readVersions, saveVersionsArgs } from '../../../lib/index-state/versions.ts'
import { readWritableDefinition } from '../../../lib/index-state/writable-definition.ts'
import { planIndex } from '../../../lib/provisioning/plan-index.ts'
import { type ProvisionOptions, provisionIndex } from '../../../lib/provisioning/provision-index.ts'
import { rollBackIndex } from '../../../lib/provisioning/roll-back-index.ts'
import { replyOf } from '../../../lib/redis/redis.ts'
import { searchUsers } from '../../../lib/search/search-users.ts'
import { storageOf } from '../../../lib/storage/storage-of.ts'
import { createRecordCheck, userKey } from '../../../lib/users/user-record.ts'
import { bikeShop, store, storeBikeShop } from '../../support/bike-shop.ts'
import { useRedis } from '../../support/redis.ts'

const hash = defineIndex(INDEX_DEFINITION, { storage: 'hash', prefix: 'userh:' })
const half = defineIndex(INDEX_DEFINITION, {
  storage: 'hash',
  prefix: 'user16:',
  vector: { type: 'FLOAT16' },
})
const otherVector = defineIndex(INDEX_DEFINITION, {
  storage: 'hash',
  prefix: 'userv:',
  vector: { path: '$.other' },
})
const elsewhere = defineIndex(INDEX_DEFINITION, { prefix: 'customer:' })

describe('users whose form is changed', () => {
  const server = useRedis({ others: [hash, half, otherVector, elsewhere] })
  const redis = () => server.pool()
  beforeEach(async () => {
    await redis().send(['FLUSHALL'])
    await provisionIndex({ redis: redis(), definition: bikeShop })
    await storeBikeShop(redis())
  })

  const own = () => server.pool('provision-index')
  const provision = (definition: IndexDefinition, options: ProvisionOptions = {}) =>
    provisionIndex({ redis: own(), definition }, { waitUntil: Date.now() + 20_000, ...options })

  /** As an import does it, for users whose windows are sent one by one. */
  async function write(definition: IndexDefinition, ...records: object[]): Promise<void> {
    const importer = server.pool('import-users')
    const { checked, written } = await readWritableDefinition({ redis: importer, definition })
    const storage = storageOf(written)
    for (const record of records) {
      const result = createRecordCheck(checked)(Buffer.from(JSON.stringify(record)))
      if ('reject' in result) throw new Error(result.reject.message)
      const key = userKey(written, result.record.id)
      const commands =
        'deleted' in result.record ? storage.deleteArgs(key) : storage.writeArgs(key, result.record)
      for (const command of commands) await importer.send(command)
    }
  }

  async function read(definition: IndexDefinition, id: string): Promise<unknown> {
    const storage = storageOf(definition)
    const keys = [userKey(definition, id)]
    const outcomes = await redis().lease(({ pipeline }) =>
      pipeline(storage.readArgs(keys), storage.readOptions),
    )
    outcomes.map(replyOf)
    return storage.parseRead(keys, outcomes)[0]?.document()
  }

  const search = (definition: IndexDefinition, request: object = { vector: [0.9, 0.7, 0.2] }) => {
    const deps = { redis: server.pool('search-users'), definition }
    const searcher = { ...deps, readIndex: cacheIndexReading(deps) }
    return searchUsers(searcher, { k: 2, includeVector: false, ...request })
  }
  const ids = async (definition: IndexDefinition, request?: object) =>
    (await search(definition, request)).results.map(({ id }) => id)

  it.each([
    ['from JSON to hashes', hash],
    ['from JSON to hashes of half the width', half],
    ['to another prefix', elsewhere],
  ])('%s are copied, found, and as they were', async (_, definition) => {
    const before = await read(bikeShop, '4')
    expect(await provision(definition)).toMatchObject({
      change: 'migrated',
      index: indexName(definition),
      documents: 4,
      state: 'ready',
    })
    expect(await read(definition, '4')).toMatchObject({ labels: 'kids, road', user: 'morti' })
    if (definition !== half) expect(await read(definition, '4')).toEqual(before)
    expect(await ids(definition)).toEqual(['1', '2'])
    expect(await redis().send(['EXISTS', 'user:1', 'user:4'])).toBe(2)
  })

  it('go back from hashes to JSON', async () => {
    await provision(hash)
    await provision(hash, { graceMs: 0 })
    expect(await provision(elsewhere)).toMatchObject({ change: 'migrated', documents: 4 })
    expect(await read(elsewhere, '1')).toEqual(await read(bikeShop, '1'))
  })

  it('are written in both forms until the old version is dropped, and so can be rolled back', async () => {
    await provision(hash)
    await write(hash, { id: '5', vector_embedding: [0.9, 0.7, 0.21] }, { id: '2', deleted: true })
    expect(await read(bikeShop, '5')).toMatchObject({ id: '5' })
    expect(await redis().send(['EXISTS', 'user:2', 'userh:2'])).toBe(0)
    expect(await ids(hash)).toEqual(['1', '5'])
    await rollBackIndex({ redis: own(), definition: hash })
    expect(await ids(hash)).toEqual(['1', '5'])
    await write(hash, { id: '6', vector_embedding: [0.9, 0.7, 0.2] })
    expect(await redis().send(['EXISTS', 'user:6', 'userh:6'])).toBe(2)
  })

  it('keep all numbers in both forms, although each form has its vector at another path', async () => {
    const [own, other] = [{ vector_embedding: [0.9, 0.7, 0.2] }, { other: [0.1, 0.2, 0.3] }]
    await store(
      redis(),
      Object.fromEntries(['1', '2', '3', '4'].map((id) => [`user:${id}`, { id, ...own, ...other }])),
    )
    expect(await provision(otherVector)).toMatchObject({ change: 'migrated', documents: 4 })
    // A fraction: the document is not written byte for byte.
    const record = { id: '5', price: 0.1, ...own, other: [0.25, 0.5, 0.75] }
    await write(otherVector, record)
    expect(await read(bikeShop, '5')).toEqual(record)
    expect(await read(otherVector, '5')).toEqual(record)
  })

  it.each([
    [
      'near numbers of another width',
      half,
      { id: '5', vector_embedding: [0.5, 0.25, 1] },
      { vector_embedding: [0.50001, 0.25001, 1.0001] },
    ],
    [
      'numbers at the path of the live index',
      otherVector,
      { id: '5', vector_embedding: [0.3, 0.2, 0.1], other: [0.3, 0.2, 0.1] },
      { vector_embedding: [0.1, 0.9, 0.7] },
    ],
  ])('are the same in a dual write only with the same %s', async (_, definition, record, change) => {
    const others = Array.from({ length: 4 }, (_, i) => [`user:${i + 1}`, { ...record, id: String(i + 1) }])
    await store(redis(), Object.fromEntries(others))
    await provision(definition)
    await rollBackIndex({ redis: own(), definition })
    const importer = server.pool('import-users')
    const { checked, written } = await readWritableDefinition({ redis: importer, definition })
    const storage = storageOf(written)
    await write(definition, record)
    const equals = async (one: object) => {
      const result = createRecordCheck(checked)(Buffer.from(JSON.stringify(one)))
      if ('reject' in result || 'deleted' in result.record) throw new Error('Expected a user')
      const keys = [userKey(written, '5')]
      const outcomes = await redis().lease(({ pipeline }) =>
        pipeline(storage.readArgs(keys), storage.readOptions),
      )
      return storage.parseRead(keys, outcomes)[0]?.equals(result.record)
    }
    // Another order of members, so that the texts differ.
    expect(await equals(Object.fromEntries(Object.entries(record).toReversed()))).toBe(true)
    expect(await equals({ ...record, ...change })).toBe(false)
  })

  it('are found where they still are by who has the new definition already', async () => {
    await redis().send(['HSET', 'userh:spare', 'vector', 'x'])
    const users = Array.from({ length: 400 }, (_, i) => [`user:n${i}`, { vector_embedding: [1, i / 9, 2] }])
    await store(redis(), Object.fromEntries(users))
    expect(await provision(hash, { waitUntil: 0 })).toMatchObject({ change: 'migrating' })
    const answer = await search(hash, { user: '1', fields: ['labels'] })
    expect(answer).toMatchObject({
      complete: false,
      results: [{ id: '2', fields: { labels: 'mountain, kids' } }, {}],
    })
  })

  it('lose nothing that is written, changed or deleted while they are copied', async () => {
    const users = Array.from({ length: 600 }, (_, i) => [
      `user:n${i}`,
      { id: `n${i}`, vector_embedding: [1, i / 9, 2] },
    ])
    await store(redis(), Object.fromEntries(users))
    let n = 0
    for (;;) {
      const { change, migration } = await provision(hash, { waitUntil: 0 })
      if (change === 'migrated') break
      expect(migration?.problem ?? null).toBeNull()
      const { migration: begun } = await readVersions(redis(), hash.name)
      if ((begun?.copy ?? null) === null) continue
      await write(
        hash,
        { id: `new${n}`, vector_embedding: [2, 1, n] },
        { id: `n${n}`, vector_embedding: [3, 3, n], note: 'changed' },
        { id: `n${n + 300}`, deleted: true },
      )
      n++
    }
    expect(n).toBeGreaterThan(3)
    for (let i = 0; i < n; i++) {
      expect(await read(hash, `n${i}`)).toMatchObject({ note: 'changed' })
      expect(await read(hash, `new${i}`)).toMatchObject({ id: `new${i}` })
      expect(await read(hash, `n${i + 300}`)).toBeUndefined()
    }
    expect(await provision(hash)).toMatchObject({ documents: 604, state: 'ready' })
  })

  it('are copied from the beginning by another run of the server, to which the place of the first says nothing', async () => {
    const users = Array.from({ length: 400 }, (_, i) => [`user:n${i}`, { vector_embedding: [1, i / 9, 2] }])
    await store(redis(), Object.fromEntries(users))
    const begun = async () => (await readVersions(redis(), hash.name)).migration
    while (((await begun())?.copy ?? null) === null) await provision(hash, { waitUntil: 0 })
    const versions = await readVersions(redis(), hash.name)
    // Behind it is one bucket of 512.
    const copy = { cursor: '511', copied: 0, leftOut: 7, isDone: false, runId: 'another' }
    const migration = versions.migration === null ? null : { ...versions.migration, copy }
    await redis().send(saveVersionsArgs(hash.name, { ...versions, migration }))
    expect(await provision(hash)).toMatchObject({ change: 'migrated', documents: 404 })
  })

  it('are not copied while any import under the earlier definition runs, however many have begun since', async () => {
    const save = (id: string, at: number, state: string) =>
      Promise.all([
        redis().send(['ZADD', IMPORTS_KEY, String(at), id]),
        redis().send([
          ...['HSET', ledgerKey(id), 'report'],
          JSON.stringify({ id, state, definition: 'old', updatedAt: new Date().toISOString() }),
        ]),
      ])
    await save('first', 0, 'RUNNING')
    for (let i = 1; i <= 150; i++) await save(`later${i}`, i, 'COMPLETED')
    const waiting = {
      change: 'migrating',
      migration: { problem: expect.stringMatching(/^Expected no running import/) },
    }
    expect(await provision(hash, { waitUntil: Date.now() + 1_000 })).toMatchObject(waiting)
    expect(await provision(hash, { waitUntil: 0, force: true })).toMatchObject(waiting)
    await save('first', 0, 'COMPLETED')
    expect(await provision(hash)).toMatchObject({ change: 'migrated', documents: 4 })
  })

  it('are not taken from an earlier copy that nobody has kept up to date, by --force neither', async () => {
    await provision(hash)
    await rollBackIndex({ redis: own(), definition: hash })
    await provision(bikeShop, { graceMs: 0 })
    await write(bikeShop, { id: '1', deleted: true })
    expect(await provision(hash, { force: true, waitUntil: Date.now() + 1_000 })).toMatchObject({
      index: indexName(bikeShop),
      migration: { problem: expect.stringMatching(/^Expected no users under the prefix userh:, got 4/) },
    })
    expect(await ids(hash)).not.toContain('1')
  })

  it('are not copied over others, nor into a prefix that the old index would look into', async () => {
    await redis().send(['JSON.SET', 'customer:1', '$', '{"vector_embedding":[1,2,3]}'])
    expect(await provision(elsewhere, { waitUntil: Date.now() + 1_000 })).toMatchObject({
      change: 'migrating',
      migration: {
        problem: expect.stringMatching(/^Expected no users under the prefix customer:, got 1/),
      },
    })
    const nested = defineIndex(INDEX_DEFINITION, { prefix: 'user:hash:' })
    await expect(provision(nested, { force: true })).rejects.toMatchObject({ code: 'CHANGE_REFUSED' })
    const same = defineIndex(INDEX_DEFINITION, { storage: 'hash' })
    expect(await planIndex({ redis: own(), definition: same })).toMatchObject({
      isForcible: false,
      refused: expect.stringMatching(/does not overlap user:/),
    })
  })

  it('are not imported before it is begun, since nobody would find them', async () => {
    await expect(
      readWritableDefinition({ redis: server.pool('import-users'), definition: hash }),
    ).rejects.toMatchObject({
      code: 'INDEX_DRIFTED',
    })
  })
})
