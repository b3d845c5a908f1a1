import type { IncomingHttpHeaders } from 'node:http'
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { defineIndex, indexName } from '../../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { ftAliasUpdateArgs } from '../../../lib/redis/commands/ft-alias.ts'
import { ftCreateArgs } from '../../../lib/redis/commands/ft-create.ts'
import { ftDropIndexArgs } from '../../../lib/redis/commands/ft-drop-index.ts'
import { bikeShop, bikeShopFile, store } from '../../support/bike-shop.ts'
import { line, useImports } from '../../support/imports.ts'
import { BUCKET, put, read } from '../../support/s3.ts'

describe('an import', () => {
  const imports = useImports()
  const { setUp, stored, countUsers, ledgerOf } = imports

  it('stores every record as it came, and says so in a report', async () => {
    const { client, etag, run } = await setUp('imports/users.ndjson', bikeShopFile)
    const report = await run({ sequencer: '01' })
    expect(report).toMatchObject({
      state: 'COMPLETED',
      bucket: BUCKET,
      key: 'imports/users.ndjson',
      etag,
      sequencer: '01',
      durability: 'fsynced',
      ...{ read: 4, written: 4, unchanged: 0, deleted: 0, rejected: 0, searchable: 4 },
      ...{ problem: null, rejects: null, bytesRead: bikeShopFile.length, size: bikeShopFile.length },
    })
    expect(JSON.parse((await read(client, `reports/users.ndjson.${etag}.json`)) ?? '')).toEqual(report)
    expect((await ledgerOf('imports/users.ndjson')).report).toEqual(report)
    expect(await stored('4')).toMatchObject({
      user: 'morti',
      labels: 'kids, road',
      vector_embedding: [0.1, 0.9, 0.7],
    })
  })

  it('leaves integers beyond 2^53 as they are', async () => {
    const { run } = await setUp(
      'imports/a.ndjson',
      '{"id":"1","crm":9007199254740993,"vector_embedding":[1,2,3]}\n',
    )
    await run()
    expect(await imports.redis.send(['JSON.GET', 'user:1', '$.crm'])).toBe('[9007199254740993]')
  })

  it('rejects what could not be found later, with its place and its reason, and keeps the older version', async () => {
    await store(imports.redis, { 'user:2': { vector_embedding: [3, 2, 1] } })
    const lines = [
      line('1'),
      line('2', [0, 0, 0]),
      '\n',
      line('3', [1, 2]),
      '{"id":\n',
      line('4', [1, 2, 3], { labels: 5 }),
    ]
    const { client, etag, run } = await setUp('imports/mixed.ndjson', lines.join(''))
    const report = await run()
    const rejectsKey = `reports/mixed.ndjson.${etag}.rejects.ndjson`
    expect(report).toMatchObject({
      state: 'PARTIAL',
      read: 5,
      written: 1,
      rejected: 4,
      searchable: 1,
      rejects: rejectsKey,
    })
    const rejects = ((await read(client, rejectsKey)) ?? '')
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text))
    const offset = (n: number) => lines.slice(0, n).join('').length
    expect(rejects).toEqual([
      {
        line: 2,
        byteOffset: offset(1),
        id: '2',
        code: 'VECTOR_ZERO',
        path: 'vector_embedding',
        message: expect.any(String),
      },
      {
        line: 4,
        byteOffset: offset(3),
        id: '3',
        code: 'VECTOR_DIMENSIONS',
        path: 'vector_embedding',
        message: 'Expected 3 dimensions, got 2',
      },
      {
        line: 5,
        byteOffset: offset(4),
        id: null,
        code: 'RECORD_NOT_JSON',
        path: 'id',
        message: 'Expected JSON, got its end at byte 6 of the record',
      },
      {
        line: 6,
        byteOffset: offset(5),
        id: '4',
        code: 'FIELD_TYPE',
        path: 'labels',
        message: expect.any(String),
      },
    ])
    expect((await stored('2')).vector_embedding).toEqual([3, 2, 1])
    expect(await countUsers()).toBe(2)
  })

  it('lets the last record of an id win, within a window and across windows', async () => {
    const many = Array.from({ length: 3000 }, (_, i) => line(i % 7, [1, 2, i + 1]))
    const { run } = await setUp('imports/same.ndjson', many.join(''))
    expect(await run()).toMatchObject({ state: 'COMPLETED', written: 3000, searchable: 3000 })
    for (let id = 0; id < 7; id++) {
      const last = 3000 - ((3000 - 1 - id) % 7)
      expect((await stored(String(id))).vector_embedding).toEqual([1, 2, last])
    }
    expect(await countUsers()).toBe(7)
  })

  it.each([
    ['imports/array.json', '[\n{"id":1,"vector_embedding":[1,2,3]},{"id":2,"vector_embedding":[1,2,3]}]', 2],
    ['imports/object.json', '{"id":1,"vector_embedding":[1,2,3]}', 1],
    ['imports/lines.jsonl', line(1) + line(2), 2],
    ['imports/empty.ndjson', '', 0],
    ['imports/deep/er/a b+ü(1).ndjson', line(1), 1],
  ])('reads %s', async (key, body, written) => {
    const { client, etag, run } = await setUp(key, body)
    expect(await run()).toMatchObject({ state: 'COMPLETED', read: written, written, searchable: written })
    expect(await read(client, `reports/${key.slice('imports/'.length)}.${etag}.json`)).toContain(
      '"COMPLETED"',
    )
  })

  it.each([
    ['imports/cut.json', '[{"id":1,"vector_embedding":[1,2,3]},{"id":2,"vec', 'FILE_TRUNCATED', 1, 1],
    ['imports/tail.json', '[{"id":1,"vector_embedding":[1,2,3]}] and more', 'FILE_MALFORMED', 1, 0],
  ])('calls %s PARTIAL, and names the place', async (key, body, code, written, rejected) => {
    const { run } = await setUp(key, body)
    expect(await run()).toMatchObject({ state: 'PARTIAL', written, rejected, problem: { code, line: 1 } })
  })

  it('of a format that it does not know fails, without a retry', async () => {
    const { client, etag, run } = await setUp('imports/users.constructor', 'x')
    expect(await run()).toMatchObject({ state: 'FAILED', problem: { code: 'FILE_UNSUPPORTED' } })
    expect(await read(client, `reports/users.constructor.${etag}.json`)).toContain('"FAILED"')
  })

  it('of an object that was replaced is SUPERSEDED and writes nothing', async () => {
    const { client, etag, run } = await setUp('imports/users.ndjson', line('old'))
    await put(client, 'imports/users.ndjson', line('new'))
    expect(await run()).toMatchObject({ state: 'SUPERSEDED', etag, written: 0 })
    expect(await countUsers()).toBe(0)
    expect((await ledgerOf('imports/users.ndjson')).report).toBeUndefined()
  })

  it('of an object that is gone fails, without a retry', async () => {
    const { run } = await setUp('imports/users.ndjson', '')
    const report = await run({ key: 'imports/other.ndjson', etag: 'e' })
    expect(report).toMatchObject({ state: 'FAILED', problem: { code: 'OBJECT_NOT_FOUND' } })
  })

  it('of what is stored already writes nothing', async () => {
    const { run } = await setUp('imports/users.ndjson', bikeShopFile)
    await run()
    await imports.redis.send(['CONFIG', 'RESETSTAT'])
    expect(await run({ force: true })).toMatchObject({
      state: 'COMPLETED',
      read: 4,
      written: 0,
      unchanged: 4,
      searchable: 0,
    })
    expect(await imports.calls('json.set')).toBe(0)
    expect(await countUsers()).toBe(4)
  })

  it('writes the users that have changed, and only those', async () => {
    await (await setUp('imports/a.ndjson', line('1') + line('2') + line('3'))).run()
    const changed = line('1') + line('2', [1, 2, 3.5]) + line('3', [1, 2, 3], { labels: 'road' }) + line('4')
    const { run } = await setUp('imports/a.ndjson', changed)
    expect(await run()).toMatchObject({
      state: 'COMPLETED',
      read: 4,
      written: 3,
      unchanged: 1,
      searchable: 3,
    })
    expect((await stored('2')).vector_embedding).toEqual([1, 2, 3.5])
    expect((await stored('3')).labels).toBe('road')
  })

  it('writes a user again that another client has deleted or changed', async () => {
    const { run } = await setUp('imports/users.ndjson', bikeShopFile)
    await run()
    await imports.redis.send(['DEL', 'user:1'])
    await imports.redis.send(['JSON.SET', 'user:2', '$.labels', '"road"'])
    expect(await run({ force: true })).toMatchObject({ written: 2, unchanged: 2, searchable: 2 })
  })

  it('writes a user again that is stored as the record says, and that the index does not hold', async () => {
    const { run } = await setUp('imports/users.ndjson', bikeShopFile)
    await run()
    const name = indexName(bikeShop)
    const create = ftCreateArgs(name, bikeShop).flatMap((word) =>
      word === 'SCHEMA' ? ['SKIPINITIALSCAN', word] : [word],
    )
    for (const command of [ftDropIndexArgs(name), create, ftAliasUpdateArgs(bikeShop.name, name)]) {
      await imports.redis.send(command)
    }
    expect(await run({ force: true })).toMatchObject({ written: 4, unchanged: 0, searchable: 4 })
  })

  it('counts an id that comes twice by its last record, also when the first or the last is stored already', async () => {
    await (await setUp('imports/a.ndjson', line('1', [1, 2, 3]) + line('2', [1, 2, 3]))).run()
    const twice = line('1', [9, 9, 9]) + line('1', [1, 2, 3]) + line('2', [1, 2, 3]) + line('2', [9, 9, 9])
    const { run } = await setUp('imports/a.ndjson', twice)
    expect(await run()).toMatchObject({ read: 4, written: 4, unchanged: 0, searchable: 4 })
    expect([(await stored('1')).vector_embedding, (await stored('2')).vector_embedding]).toEqual([
      [1, 2, 3],
      [9, 9, 9],
    ])
  })

  it('deletes the users that a file says are deleted, in the order of its records', async () => {
    const gone = (id: string) => `{"id":"${id}","deleted":true}\n`
    const lines = [line('1'), line('2'), gone('1'), gone('3'), line('3'), gone('nobody')]
    const { run } = await setUp('imports/a.ndjson', lines.join(''))
    const report = await run()
    // The first is found no more, as it is deleted behind it: nothing is missing.
    expect(report).toMatchObject({ state: 'COMPLETED', read: 6, written: 3, deleted: 3, searchable: 3 })
    expect(await imports.redis.send(['EXISTS', 'user:1', 'user:2', 'user:3', 'user:nobody'])).toBe(2)
  })

  it('counts a record whose key holds another type as a reject', async () => {
    await imports.redis.send(['HSET', 'user:2', 'a', '1'])
    const { run } = await setUp('imports/a.ndjson', line('1') + line('2') + line('3'))
    expect(await run()).toMatchObject({ state: 'PARTIAL', written: 2, rejected: 1, searchable: 2 })
  })

  it('throws before anything is written when the index would not hold it', async () => {
    const other = defineIndex(INDEX_DEFINITION, { vector: { dimensions: 4 } })
    const { run } = await setUp('imports/a.ndjson', line('1', [1, 2, 3, 4]), { definition: other })
    await expect(run()).rejects.toThrow(expect.objectContaining({ code: 'INDEX_DRIFTED' }))
    expect(await countUsers()).toBe(0)
  })

  it('without an index throws before anything is written', async () => {
    await imports.redis.send(['FLUSHALL'])
    const { run } = await setUp('imports/a.ndjson', line('1'))
    await expect(run()).rejects.toThrow(expect.objectContaining({ code: 'INDEX_MISSING' }))
    expect(await countUsers()).toBe(0)
  })

  it('throws when Redis is out of memory, and puts it down to no record', async () => {
    const { client, etag, run } = await setUp('imports/a.ndjson', line('1') + line('2', [0, 0, 0]))
    await imports.redis.send(['CONFIG', 'SET', 'maxmemory', '1mb'])
    try {
      await expect(run()).rejects.toThrow(expect.objectContaining({ code: 'REDIS_BUSY' }))
    } finally {
      await imports.redis.send(['CONFIG', 'SET', 'maxmemory', '0'])
    }
    await expect(read(client, `reports/a.ndjson.${etag}.json`)).rejects.toThrow()
    expect(await run()).toMatchObject({ state: 'PARTIAL', written: 1, rejected: 1 })
  })

  const many = Array.from({ length: 2000 }, (_, i) => line(i)).join('')
  const isBody = ({ method, key }: { method: string; key: string }) =>
    method === 'GET' && key === 'imports/a.ndjson'

  it.each([
    ['cut', { cutAfterBytes: 40_000 }],
    ['stalled', { stallAfterBytes: 30_000 }],
    ['refused', { status: 503, code: 'SlowDown' }],
  ])('goes on where a body was %s, as if nothing had happened', async (_, trouble) => {
    const ranges: unknown[] = []
    const fault = (request: { method: string; key: string; headers: IncomingHttpHeaders }) => {
      if (!isBody(request)) return undefined
      ranges.push(request.headers.range)
      return ranges.length === 1 ? trouble : undefined
    }
    const { run } = await setUp('imports/a.ndjson', many, { s3: { fault } })
    expect(await run()).toMatchObject({
      state: 'COMPLETED',
      read: 2000,
      written: 2000,
      searchable: 2000,
      bytesRead: many.length,
    })
    expect(ranges).toHaveLength(2)
  })

  it('throws when an object breaks off again and again, and ends like a clean run when it is done once more', async () => {
    let isBroken = true
    const fault = (request: { method: string; key: string }) =>
      isBody(request) && isBroken ? { cutAfterBytes: 0 } : undefined
    const { run } = await setUp('imports/a.ndjson', many, { s3: { fault } })
    await expect(run()).rejects.toThrow(expect.objectContaining({ code: 'OBJECT_UNAVAILABLE' }))
    isBroken = false
    expect(await run()).toMatchObject({ state: 'COMPLETED', read: 2000, written: 2000, searchable: 2000 })
  })

  it('of an object that is replaced while its body breaks off is SUPERSEDED', async () => {
    let replace = async () => {}
    const fault = (request: { method: string; key: string; headers: IncomingHttpHeaders }) => {
      if (!isBody(request) || request.headers.range !== 'bytes=0-') return undefined
      void replace()
      return { cutAfterBytes: 40_000 }
    }
    const { client, run } = await setUp('imports/a.ndjson', many, { s3: { fault } })
    replace = async () => {
      await put(client, 'imports/a.ndjson', line('new'))
    }
    expect(await run()).toMatchObject({ state: 'SUPERSEDED' })
  })

  it('streams a hundred thousand rejects into one file', async () => {
    const { client, run } = await setUp('imports/bad.ndjson', '{}\n'.repeat(100_000))
    const report = await run()
    expect(report).toMatchObject({ state: 'PARTIAL', read: 100_000, rejected: 100_000 })
    const body = await sizeOf(client, report.rejects ?? '')
    expect(body).toBeGreaterThan(10_000_000)
  })

  it('says memory where Redis keeps no append-only file', async () => {
    await imports.redis.send(['CONFIG', 'SET', 'appendonly', 'no'])
    try {
      const { run } = await setUp('imports/users.ndjson', bikeShopFile)
      expect(await run()).toMatchObject({ state: 'COMPLETED', durability: 'memory' })
    } finally {
      await imports.redis.send(['CONFIG', 'SET', 'appendonly', 'yes'])
    }
  })
})

async function sizeOf(client: S3Client, key: string): Promise<number> {
  const { ContentLength = 0, Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }))
  await Body?.transformToByteArray()
  return ContentLength
}
