import { describe, expect, it } from 'vitest'
import { AppError } from '../../../lib/errors.ts'
import { ledgerKey } from '../../../lib/import/import-ledger.ts'
import { importId, newReport } from '../../../lib/import/import-report.ts'
import { listImports } from '../../../lib/import/manage-imports.ts'
import { restartImports } from '../../../lib/import/restart-imports.ts'
import { readUnread } from '../../../lib/import/unread-objects.ts'
import { hsetArgs } from '../../../lib/redis/commands/hashes.ts'
import type { CallOptions, Redis } from '../../../lib/redis/redis.ts'
import { objectStore } from '../../../lib/s3/object-store.ts'
import { useS3 } from '../../support/bucket.ts'
import { line, useImports } from '../../support/imports.ts'
import { useRedis } from '../../support/redis.ts'
import { BUCKET, put, s3ForTest } from '../../support/s3.ts'

const redis = useRedis()
const KEY = 'imports/users.ndjson'

async function environment() {
  const { client, server } = await s3ForTest()
  useS3(server.url)
  await put(client, KEY, '{}')
  const jobs: string[] = []
  const queue = {
    isDown: false,
    async send({ job }: { job: { key: string } }) {
      if (queue.isDown) throw new Error('The queue is down')
      jobs.push(job.key)
    },
    retryIn: async () => {},
  }
  const restart = (on: Redis = redis.pool('imports')) =>
    restartImports({ redis: on, objects: objectStore(BUCKET), queue, importPrefix: 'imports/' })
  return { restart, queue, jobs }
}

it('an import that could not be queued is queued by the next run, and only once', async () => {
  const { restart, queue, jobs } = await environment()
  queue.isDown = true
  await expect(restart()).rejects.toThrow('The queue is down')
  queue.isDown = false
  expect(await restart()).toHaveLength(1)
  expect(await restart()).toEqual([])
  expect(jobs).toEqual([KEY])
})

it('an import whose mark went unanswered is not taken for queued', async () => {
  const { restart, jobs } = await environment()
  const pool = redis.pool('imports')
  await redis.pool().send(['FLUSHALL'])
  const sent: CallOptions[] = []
  const unanswered: Redis = {
    async send(command, options = {}) {
      const reply = await pool.send(command, options)
      if (!command.includes('NX')) return reply
      sent.push(options)
      throw new AppError('REDIS_UNAVAILABLE', 'Redis cannot be reached')
    },
  }
  await expect(restart(unanswered)).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' })
  expect(sent).toEqual([{ once: true }])
  expect(await restart()).toHaveLength(1)
  expect(jobs).toEqual([KEY])
})

describe('an import that is on the schedule', () => {
  const imports = useImports()
  const { setUp, ledgerOf } = imports

  async function start(metadata?: Record<string, string>) {
    const { deps, etag, run } = await setUp(KEY, line('1'), metadata && { metadata })
    const queue = { send: async () => {}, retryIn: async () => {} }
    const restart = () => restartImports({ ...deps, redis: imports.pool('imports'), queue })
    return { etag, run, restart, job: { bucket: BUCKET, key: KEY, etag } }
  }

  it('is started when nobody has imported the object, and once', async () => {
    const { job, run, restart } = await start()
    expect(await restart()).toEqual([job])
    expect(await restart()).toEqual([])
    await run()
    await imports.redis.send(['DEL', `${ledgerKey(importId(BUCKET, KEY))}:queued:${job.etag}`])
    expect(await restart()).toEqual([])
  })

  it('is not started for an object that asks for a dry run and had it', async () => {
    const { run, restart } = await start({ 'dry-run': 'true' })
    expect(await run()).toMatchObject({ dryRun: true })
    expect(await restart()).toEqual([])
  })

  it('is started for an object that was only tried', async () => {
    const { job, run, restart } = await start()
    await run({ dryRun: true })
    expect(await restart()).toEqual([job])
  })

  it('is started for content that was replaced while it was read, and is back', async () => {
    const { job, run, restart } = await start()
    await run()
    const { report } = await ledgerOf(KEY)
    const superseded = JSON.stringify({ ...report, state: 'SUPERSEDED' })
    await imports.redis.send(hsetArgs(ledgerKey(importId(BUCKET, KEY)), { report: superseded }))
    expect(await restart()).toEqual([job])
  })
})

it('names the objects that no import has read, in GET /imports and in the check', async () => {
  const { client, server } = await s3ForTest()
  useS3(server.url)
  const pool = redis.pool('imports')
  await redis.pool().send(['FLUSHALL'])
  for (const key of ['imports/_SUCCESS', 'imports/day=1/', 'imports/new.csv', 'imports/old.txt'])
    await put(client, key, 'x')
  const objects = objectStore(BUCKET)
  const { etag } = await objects.head({ key: 'imports/old.txt' })
  const problem = { code: 'FILE_UNSUPPORTED', message: '' } as const
  const failed = {
    ...newReport(
      BUCKET,
      { bucket: BUCKET, key: 'imports/old.txt', etag },
      { dryRun: false, onError: 'continue' },
      'x',
    ),
    problem,
  }
  await redis
    .pool()
    .send(hsetArgs(ledgerKey(failed.id), { report: JSON.stringify({ ...failed, state: 'FAILED' }) }))
  const queue = { send: async () => {}, retryIn: async () => {} }
  const ours = { redis: pool, objects: { bucket: BUCKET } }
  expect(await listImports(ours)).toMatchObject({ unread: null })
  await restartImports({ redis: pool, objects, queue, importPrefix: 'imports/' })
  const { unread } = await listImports(ours)
  expect(unread).toEqual({
    at: expect.any(String),
    failed: 1,
    queued: 1,
    markers: 2,
    objects: [
      { key: 'imports/old.txt', reason: 'FAILED', code: 'FILE_UNSUPPORTED' },
      { key: 'imports/new.csv', reason: 'QUEUED' },
      { key: 'imports/_SUCCESS', reason: 'MARKER' },
      { key: 'imports/day=1/', reason: 'MARKER' },
    ],
  })
  expect(await readUnread(redis.pool('check-index'), BUCKET)).toEqual(unread)
})
