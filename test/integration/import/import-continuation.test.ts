import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { AbortMultipartUploadCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { FaultPlan } from '../../../dev/s3/server.ts'
import { ledgerKey } from '../../../lib/import/import-ledger.ts'
import { importId } from '../../../lib/import/import-report.ts'
import { importUsers } from '../../../lib/import/import-users.ts'
import { cancelImport, listImports } from '../../../lib/import/manage-imports.ts'
import { hsetArgs } from '../../../lib/redis/commands/hashes.ts'
import { connectRedis } from '../../../lib/redis/connection.ts'
import { line, useImports } from '../../support/imports.ts'
import { refusing } from '../../support/refusing-pool.ts'
import { BUCKET, read } from '../../support/s3.ts'

const KEY = 'imports/users.ndjson'
const ID = importId(BUCKET, KEY)
/** Two thousand users, and every eleventh line a reject. */
const lines = Array.from({ length: 2_200 }, (_, i) => (i % 11 === 10 ? line(i, [0, 0, 0]) : line(i)))
const file = lines.join('')
const rejectedLines = lines.flatMap((text, i) => (text.includes('[0,0,0]') ? [i + 1] : []))
const whole = { read: 2_200, written: 2_000, rejected: 200, searchable: 2_000, bytesRead: file.length }

/** The object's body comes slowly. */
const at =
  (bytesPerSecond: number): FaultPlan =>
  ({ method, key }) =>
    method === 'GET' && key === KEY ? { bytesPerSecond } : undefined
const soon = () => ({ stopAt: Date.now() + 150 })

describe('an import that one invocation cannot finish', () => {
  const imports = useImports()
  const { setUp, countUsers, ledgerOf } = imports

  it('stops in time, and goes on where it stopped, until it is like one that was never stopped', async () => {
    const { client, etag, run } = await setUp(KEY, file, { s3: { fault: at(200_000) } })
    const written: number[] = []
    for (let state = 'RUNNING'; state === 'RUNNING'; ) {
      const report = await run({ sequencer: '07' }, soon())
      expect(report.read).toBe(report.written + report.rejected)
      written.push(report.written)
      state = report.state
      expect(written.length).toBeLessThan(50)
    }
    expect(written.length).toBeGreaterThan(2)
    expect(written).toEqual(written.toSorted((a, b) => a - b))
    expect((await ledgerOf(KEY)).report).toMatchObject({ state: 'PARTIAL', ...whole, sequencer: '07' })
    const rejects = (await read(client, `reports/users.ndjson.${etag}.rejects.ndjson`)) ?? ''
    const places = rejects.trim().split('\n')
    expect(places.map((text) => JSON.parse(text).line)).toEqual(rejectedLines)
    expect(await countUsers()).toBe(2_000)
    expect(await imports.redis.send(['EXISTS', `${ledgerKey(ID)}:rejects`])).toBe(0)
  })

  it('stops although S3 says nothing at all', async () => {
    const { run } = await setUp(KEY, file, { s3: { fault: stalling } })
    expect(await run({}, soon())).toMatchObject({ state: 'RUNNING' })
  })

  it('that lost Redis goes on after the last acknowledged window, and does at most two again', async () => {
    const { run } = await setUp(KEY, file, { s3: { fault: at(200_000) } })
    const broken = run()
    broken.catch(() => {})
    await imports.hasBegun(KEY)
    await imports.redis.send(['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'])
    await expect(broken).rejects.toThrow(expect.objectContaining({ code: 'REDIS_UNAVAILABLE' }))
    const before = (await ledgerOf(KEY)).report?.written ?? 0
    expect(before).toBeGreaterThan(0)
    const report = await run()
    expect(report).toMatchObject({ state: 'PARTIAL', read: 2_200, rejected: 200 })
    expect(report.unchanged).toBeLessThanOrEqual(512)
    expect(report.written + report.unchanged).toBe(2_000)
    expect(report.written).toBeGreaterThanOrEqual(before)
  })

  it.each([1, 4, 8])('loses no window when question %i about one is refused', async (nth) => {
    const { deps, etag, run } = await setUp(KEY, file)
    const job = { bucket: BUCKET, key: KEY, etag }
    const refused = importUsers({ ...deps, redis: refusing(deps.redis, 'FT.SEARCH', nth) }, job)
    await expect(refused).rejects.toThrow(expect.objectContaining({ code: 'REDIS_BUSY' }))
    expect(await run()).toMatchObject({ state: 'PARTIAL', ...whole })
    expect(await countUsers()).toBe(2_000)
  })

  it.each([1, 3, 8])('loses no reject when Redis refuses to save window %i', async (nth) => {
    const { client, deps, etag, run } = await setUp(KEY, file)
    const job = { bucket: BUCKET, key: KEY, etag }
    const refused = importUsers({ ...deps, redis: refusing(deps.redis, 'SETRANGE', nth) }, job)
    await expect(refused).rejects.toThrow(expect.objectContaining({ code: 'REDIS_BUSY' }))
    expect(await run()).toMatchObject({ state: 'PARTIAL', read: 2_200, rejected: 200 })
    const rejects = (await read(client, `reports/users.ndjson.${etag}.rejects.ndjson`)) ?? ''
    expect(
      rejects
        .trim()
        .split('\n')
        .map((text) => JSON.parse(text).line),
    ).toEqual(rejectedLines)
  })

  it.each([
    ['ndjson', line(1) + line(2, [0, 0, 0]) + line(3), { state: 'ABORTED', read: 2, rejected: 1 }],
    ['json', line(1), { state: 'COMPLETED', read: 1, rejected: 0 }],
  ])('and only its end is left reads no further record of %s', async (ending, text, counts) => {
    let isReadOnly = true
    const fault: FaultPlan = ({ method, key }) =>
      method === 'PUT' && key.startsWith('reports/') && isReadOnly
        ? { status: 403, code: 'AccessDenied' }
        : undefined
    const { run } = await setUp(`imports/a.${ending}`, text, {
      metadata: { 'on-error': 'abort' },
      s3: { fault },
    })
    await expect(run()).rejects.toThrow()
    isReadOnly = false
    expect(await run()).toMatchObject({ ...counts, written: 1, unchanged: 0 })
  })

  it.each(['ndjson.gz', 'csv'])(
    'still names what is wrong with a file of %s behind the last window',
    async (ending) => {
      const text = ending === 'csv' ? 'id,vector_embedding\n1,"[1,2,3]"\n2,"[1' : `${line(1)}{"id":`
      let isReadOnly = false
      const fault: FaultPlan = ({ method }) =>
        method !== 'GET' && method !== 'HEAD' && isReadOnly
          ? { status: 403, code: 'AccessDenied' }
          : undefined
      const key = `imports/cut.${ending}`
      const file = ending === 'csv' ? text : gzipSync(text).subarray(0, -8)
      const { run } = await setUp(key, file, { s3: { fault } })
      isReadOnly = true
      await expect(run()).rejects.toThrow()
      isReadOnly = false
      expect(await run()).toMatchObject({
        state: 'PARTIAL',
        ...{ read: 2, written: 1, rejected: 1 },
        problem: { code: 'FILE_TRUNCATED' },
      })
    },
  )

  it('has its rejects in one file, however many they are', async () => {
    const count = 120_000
    const { client, etag, run } = await setUp(KEY, '{}\n'.repeat(count), { s3: { fault: at(400_000) } })
    let runs = 1
    while ((await run({}, { stopAt: Date.now() + 400 })).state === 'RUNNING') runs++
    expect(runs).toBeGreaterThan(1)
    expect((await ledgerOf(KEY)).report).toMatchObject({ state: 'PARTIAL', rejected: count, read: count })
    const rejects = (await read(client, `reports/users.ndjson.${etag}.rejects.ndjson`)) ?? ''
    const places = rejects.trim().split('\n')
    expect(places.length).toBe(count)
    expect(places.every((text, i) => JSON.parse(text).line === i + 1)).toBe(true)
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }))
    expect(Uploads).toEqual([])
  })

  it('that died when the file of its rejects was there already only ends', async () => {
    const count = 70_000
    let isReadOnly = true
    const fault: FaultPlan = ({ method, key }) =>
      method === 'PUT' && key.endsWith('.json') && isReadOnly
        ? { status: 403, code: 'AccessDenied' }
        : undefined
    const { client, etag, run } = await setUp(KEY, line(1) + '{}\n'.repeat(count), { s3: { fault } })
    await expect(run()).rejects.toThrow()
    const rejects = await read(client, `reports/users.ndjson.${etag}.rejects.ndjson`)
    isReadOnly = false
    expect(await run()).toMatchObject({ state: 'PARTIAL', read: count + 1, written: 1, rejected: count })
    expect(await read(client, `reports/users.ndjson.${etag}.rejects.ndjson`)).toBe(rejects)
    expect(rejects?.trim().split('\n')).toHaveLength(count)
  })

  it('begins anew when S3 has dropped the upload of its rejects', async () => {
    const count = 120_000
    const { client, run } = await setUp(KEY, '{}\n'.repeat(count), { s3: { fault: at(400_000) } })
    const uploads = async () =>
      (await client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }))).Uploads ?? []
    // Half of the rejects fill the first part.
    while ((await uploads()).length === 0) {
      expect(await run({}, { stopAt: Date.now() + 100 })).toMatchObject({ state: 'RUNNING' })
    }
    for (const { Key, UploadId } of await uploads()) {
      await client.send(new AbortMultipartUploadCommand({ Bucket: BUCKET, Key, UploadId }))
    }
    await expect(run()).rejects.toThrow(expect.objectContaining({ code: 'UPLOAD_LOST' }))
    expect(await run()).toMatchObject({ state: 'PARTIAL', read: count, rejected: count })
  })

  it('is SUPERSEDED when its object is replaced before it goes on, and tells what it has done', async () => {
    const { client, etag, run, upload } = await setUp(KEY, file, { s3: { fault: at(200_000) } })
    await run({ sequencer: '01' }, soon())
    const { written = 0 } = (await ledgerOf(KEY)).report ?? {}
    const next = await upload(line('new'))
    expect(await run({ sequencer: '01' })).toMatchObject({ state: 'SUPERSEDED', etag })
    expect(await run({ sequencer: '02', etag: next })).toMatchObject({ state: 'COMPLETED', written: 1 })
    expect(await countUsers()).toBe(written + 1)
    await expect(read(client, `reports/users.ndjson.${etag}.json`)).rejects.toThrow()
  })

  it('is listed with how far and how fast it gets, the newest first', async () => {
    await (await setUp('imports/older.ndjson', line('older'))).run()
    const { run } = await setUp(KEY, file, { s3: { fault: at(100_000) } })
    const running = run({}, { stopAt: Date.now() + 5_000 })
    await imports.hasBegun(KEY)
    const { imports: listed } = await listImports(imports)
    const [newest, older] = listed
    expect(newest).toMatchObject({ key: KEY, state: 'RUNNING', size: file.length })
    expect(newest?.percent).toBeGreaterThan(0)
    expect(newest?.percent).toBeLessThan(100)
    expect(newest?.recordsPerSecond).toBeGreaterThan(0)
    expect(older).toMatchObject({ key: 'imports/older.ndjson', state: 'COMPLETED', percent: 100 })
    await cancelImport(imports, ID)
    await running
  })

  it('can be cancelled, while it runs and between two invocations', async () => {
    const { client, etag, run } = await setUp(KEY, file, { s3: { fault: at(100_000) } })
    const running = run()
    await imports.hasBegun(KEY)
    expect(await cancelImport({ redis: imports.pool('imports') }, ID)).toMatchObject({ state: 'RUNNING' })
    const report = await running
    expect(report.state).toBe('CANCELLED')
    expect(report.read).toBe(report.written + report.rejected)
    expect(await countUsers()).toBe(report.written)
    expect(await read(client, `reports/users.ndjson.${etag}.json`)).toContain('"CANCELLED"')
    await expect(cancelImport({ redis: imports.pool('imports') }, ID)).rejects.toThrow(
      'Expected an import that is RUNNING',
    )

    expect(await run({}, soon())).toMatchObject({ state: 'RUNNING' })
    await cancelImport({ redis: imports.pool('imports') }, ID)
    expect(await run()).toMatchObject({ state: 'CANCELLED' })
    await expect(cancelImport({ redis: imports.pool('imports') }, 'nobody')).rejects.toThrow(
      'Expected the id of an import',
    )
  })
})

describe('the writer of an import', () => {
  const imports = useImports()
  const { setUp, countUsers, ledgerOf } = imports
  const ownPool = () => {
    const pool = connectRedis({ source: { from: 'environment', url: imports.urlOf('import-users') } })
    onTestFinished(pool.close)
    return pool
  }
  async function silentForLong(): Promise<void> {
    const { report } = await ledgerOf(KEY)
    const updatedAt = new Date(Date.now() - 61_000).toISOString()
    await imports.redis.send(hsetArgs(ledgerKey(ID), { report: JSON.stringify({ ...report, updatedAt }) }))
  }

  it('is one, however many deliveries there are at once', async () => {
    const { deps, etag } = await setUp(KEY, file)
    await imports.redis.send(['CONFIG', 'RESETSTAT'])
    const job = { bucket: BUCKET, key: KEY, etag, sequencer: '01' }
    const deliveries = Array.from({ length: 8 }, () => importUsers({ ...deps, redis: ownPool() }, job))
    const states = (await Promise.all(deliveries)).map(({ state }) => state)
    expect(states.toSorted()).toEqual([...Array.from({ length: 7 }, () => 'DUPLICATE'), 'PARTIAL'])
    expect(await imports.calls('json\\.set')).toBe(2_000)
  })

  it('of content that was replaced is ended by that of the present content, and writes nothing more', async () => {
    const { deps, etag, run, upload } = await setUp(KEY, file, { s3: { fault: at(50_000) } })
    const older = importUsers(
      { ...deps, redis: ownPool() },
      { bucket: BUCKET, key: KEY, etag, sequencer: '01' },
    )
    older.catch(() => {})
    await imports.hasBegun(KEY)
    const next = await upload(line('new'))
    expect(await run({ sequencer: '02', etag: next })).toMatchObject({ state: 'COMPLETED', written: 1 })
    const users = await countUsers()
    await expect(older).rejects.toThrow(expect.objectContaining({ code: 'REDIS_UNAVAILABLE' }))
    expect(await countUsers()).toBe(users)
    expect((await ledgerOf(KEY)).report).toMatchObject({ state: 'COMPLETED', etag: next })
    expect(await run({ sequencer: '01', etag })).toMatchObject({ state: 'SUPERSEDED' })
  })

  it('is replaced when it lives but has not been heard of for a minute', async () => {
    let isOpen = false
    let bodies = 0
    const fault: FaultPlan = ({ method, key }) => {
      if (method !== 'GET' || key !== KEY || isOpen) return undefined
      return { stallAfterBytes: bodies++ === 0 ? 60_000 : 0 }
    }
    const { deps, etag, run } = await setUp(KEY, file, { s3: { fault } })
    const job = { bucket: BUCKET, key: KEY, etag }
    const hung = importUsers({ ...deps, redis: ownPool() }, job)
    hung.catch(() => {})
    await imports.hasBegun(KEY)
    expect(await run()).toMatchObject({ state: 'DUPLICATE' })
    await silentForLong()
    expect(await run({}, soon())).toMatchObject({ state: 'RUNNING' })
    isOpen = true
    await expect(hung).rejects.toThrow(expect.objectContaining({ code: 'REDIS_UNAVAILABLE' }))
  })

  it('is heard of while it unpacks what was imported before it stopped, however long that takes', async () => {
    const key = `${KEY}.gz`
    const text = Array.from({ length: 3_000 }, (_, i) => line(i, [Math.sin(i), Math.cos(i), 1])).join('')
    const file = gzipSync(text)
    const fault: FaultPlan = ({ method }) =>
      method === 'GET' ? { stallAfterBytes: file.length - 8_000 } : undefined
    const { deps, etag, run } = await setUp(key, file, { s3: { fault } })
    for (let ms = 100; (await run({}, { stopAt: Date.now() + ms })).written < 2_000; ) ms *= 2

    vi.useFakeTimers({ toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    let rival: string | undefined
    const objects = {
      ...deps.objects,
      async *read() {
        for (let from = 0; from < file.length; from += 4_096) {
          yield file.subarray(from, from + 4_096)
          if (from === 4_096) vi.setSystemTime(Date.now() + 61_000)
          if (from !== 4 * 4_096) continue
          const updatedAt = async () => Date.parse((await ledgerOf(key)).report?.updatedAt ?? '')
          for (let i = 0; i < 200 && (await updatedAt()) < Date.now() - 60_000; i++) await sleep(10)
          rival = (await run()).state
        }
      },
    }
    const job = { bucket: BUCKET, key, etag }
    expect(await importUsers({ ...deps, objects, redis: ownPool() }, job)).toMatchObject({
      ...{ state: 'COMPLETED', written: 3_000, read: 3_000 },
    })
    expect(rival).toBe('DUPLICATE')
  })

  it('is heard of when it goes on, however long nobody did', async () => {
    let isOpen = true
    const fault: FaultPlan = ({ method, key }) => {
      if (method !== 'GET' || key !== KEY) return undefined
      return isOpen ? { bytesPerSecond: 200_000 } : { stallAfterBytes: 0 }
    }
    const { deps, etag, run } = await setUp(KEY, file, { s3: { fault } })
    while ((await run({}, soon())).written === 0);
    await silentForLong()
    isOpen = false
    const job = { bucket: BUCKET, key: KEY, etag }
    const next = importUsers({ ...deps, redis: ownPool() }, job)
    next.catch(() => {})
    await expect.poll(async () => (await ledgerOf(KEY)).writer).toBeDefined()
    expect(await run()).toMatchObject({ state: 'DUPLICATE' })
    isOpen = true
    expect(await next).toMatchObject({ state: 'PARTIAL', ...whole })
  })
})

const stalling: FaultPlan = ({ method, key }) =>
  method === 'GET' && key === KEY ? { stallAfterBytes: 10_000 } : undefined
