import { DeleteObjectCommand } from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { defineIndex } from '../../../lib/definition.ts'
import { readImport } from '../../../lib/import/import-ledger.ts'
import { importId } from '../../../lib/import/import-report.ts'
import { startImport } from '../../../lib/import/manage-imports.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { line, useImports } from '../../support/imports.ts'
import { BUCKET, put, read } from '../../support/s3.ts'

const KEY = 'imports/users.ndjson'
const ID = importId(BUCKET, KEY)

describe('an event that comes again', () => {
  const imports = useImports()
  const { setUp, countUsers, ledgerOf, stored } = imports

  it('is a DUPLICATE and writes nothing: three commands, and the earlier report stands', async () => {
    const { client, etag, run } = await setUp(KEY, line('1'))
    const first = await run({ sequencer: '0A' })
    await imports.redis.send(['CONFIG', 'RESETSTAT'])
    expect(await run({ sequencer: '0A' })).toEqual({ ...first, state: 'DUPLICATE' })
    const stats = String(await imports.redis.send(['INFO', 'commandstats']))
    const commands = [...stats.matchAll(/cmdstat_([\w|.]+):calls=(\d+)/g)].map(([, name, calls]) => [
      name,
      calls,
    ])
    expect(commands).toEqual(
      expect.arrayContaining([
        ['hgetall', '2'],
        ['hset', '1'],
      ]),
    )
    expect(commands.filter(([name]) => !/^(hgetall|hset|config\|resetstat)$/.test(name ?? ''))).toEqual([])
    expect(JSON.parse((await read(client, `reports/users.ndjson.${etag}.json`)) ?? '')).toEqual(first)
    const { duplicateAt, ...status } = (await readImport(imports.redis, ID)) ?? { duplicateAt: null }
    expect(status).toEqual(first)
    expect(Date.parse(duplicateAt ?? '')).toBeGreaterThanOrEqual(Date.parse(first.startedAt))
  })

  it('is one, too, when the same content was uploaded once more', async () => {
    const { run } = await setUp(KEY, line('1'))
    await run({ sequencer: '01' })
    expect(await run({ sequencer: '03' })).toMatchObject({ state: 'DUPLICATE' })
    expect((await ledgerOf(KEY)).ended).toMatchObject({ sequencer: '03' })
    expect(await run({ sequencer: '02' })).toMatchObject({ state: 'SUPERSEDED' })
  })

  it('imports again when it is told to, or when the definition has changed', async () => {
    const { deps, run } = await setUp(KEY, line('1'))
    await run({ sequencer: '01' })
    expect(await run({ sequencer: '01', force: true })).toMatchObject({ state: 'COMPLETED', unchanged: 1 })
    Object.assign(deps, { definition: defineIndex(INDEX_DEFINITION, { fields: [] }) })
    expect(await run({ sequencer: '01' })).toMatchObject({ state: 'COMPLETED', unchanged: 1 })
    expect(await run({ sequencer: '01' })).toMatchObject({ state: 'DUPLICATE' })
  })

  it('imports three times when the content is A, then B, then A again', async () => {
    const { run, upload } = await setUp(KEY, line('1', [1, 1, 1]))
    const states = [await run()]
    const b = await upload(line('1', [2, 2, 2]))
    states.push(await run({ etag: b }))
    const a = await upload(line('1', [1, 1, 1]))
    states.push(await run({ etag: a }))
    expect(states.map(({ state, written }) => [state, written])).toEqual(
      Array.from({ length: 3 }, () => ['COMPLETED', 1]),
    )
    expect((await stored('1')).vector_embedding).toEqual([1, 1, 1])
  })

  it('that is older than what was imported is SUPERSEDED, and leaves the report of its own content alone', async () => {
    const { client, etag, run, upload } = await setUp(KEY, line('1'))
    await run({ sequencer: '01' })
    const report = await read(client, `reports/users.ndjson.${etag}.json`)
    const next = await upload(line('2'))
    await run({ sequencer: '02', etag: next })
    expect(await run({ sequencer: '01' })).toMatchObject({ state: 'SUPERSEDED', written: 0 })
    expect(await read(client, `reports/users.ndjson.${etag}.json`)).toBe(report)
  })

  it('after a failure, an abort or a cancellation imports what is uploaded again', async () => {
    const { client, run } = await setUp(KEY, line('1') + line('2', [0, 0, 0]))
    expect(await run({ onError: 'abort' })).toMatchObject({ state: 'ABORTED' })
    expect(await run()).toMatchObject({ state: 'PARTIAL' })
    await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: KEY }))
    expect(await run({ force: true })).toMatchObject({
      state: 'FAILED',
      problem: { code: 'OBJECT_NOT_FOUND' },
    })
    await put(client, KEY, line('1') + line('2', [0, 0, 0]))
    expect(await run()).toMatchObject({ state: 'PARTIAL' })
  })

  // Sequencers of unequal length: the shorter is filled up on its right.
  const sequencers = ['0055AED6', '0055AED6DCD9', '0055AED7', '00A']
  it('in any order, and twice, ends in what was uploaded last', async () => {
    const { client, run } = await setUp(KEY, line('first'))
    const contents = sequencers.map((_, i) => line('1', [1, 2, i + 1]))
    for (const order of permutations([0, 1, 2, 3])) {
      await imports.redis.send(['DEL', `lookalike:import:${ID}`, 'user:1'])
      const etags: string[] = []
      for (const content of contents)
        etags.push(((await put(client, KEY, content)).ETag ?? '').replaceAll('"', ''))
      for (const i of [...order, ...order.toReversed()]) {
        const [etag, sequencer] = [etags[i] ?? '', sequencers[i] ?? '']
        expect(['COMPLETED', 'DUPLICATE', 'SUPERSEDED']).toContain((await run({ etag, sequencer })).state)
      }
      expect((await stored('1')).vector_embedding, order.join()).toEqual([1, 2, 4])
      expect((await ledgerOf(KEY)).ended).toMatchObject({ etag: etags[3], sequencer: '00A' })
    }
    expect(await countUsers()).toBe(1)
  })
})

describe('the options of an import', () => {
  const imports = useImports()
  const { setUp, countUsers, ledgerOf } = imports
  const mixed = [line('1'), line('2', [0, 0, 0]), line('3'), line('4', [0, 0, 0]), line('5')].join('')

  it.each([
    ['abort', 'ABORTED', { read: 2, written: 1, rejected: 1 }],
    ['max-errors=0', 'ABORTED', { read: 2, written: 1, rejected: 1 }],
    ['max-errors=1', 'ABORTED', { read: 4, written: 2, rejected: 2 }],
    ['max-errors=2', 'PARTIAL', { read: 5, written: 3, rejected: 2 }],
    ['continue', 'PARTIAL', { read: 5, written: 3, rejected: 2 }],
  ])('on-error: %s in the metadata ends it %s', async (onError, state, counts) => {
    const { run } = await setUp(KEY, mixed, { metadata: { 'on-error': onError } })
    expect(await run()).toMatchObject({ state, onError, ...counts })
    expect(await countUsers()).toBe(counts.written)
  })

  it('a job says differ from the metadata and count before it', async () => {
    const { run } = await setUp(KEY, mixed, { metadata: { 'on-error': 'abort' } })
    expect(await run({ onError: 'continue' })).toMatchObject({ state: 'PARTIAL', written: 3 })
  })

  it.each([
    [{ 'on-error': 'ignore' }, 'x-amz-meta-on-error: Expected continue, abort or max-errors=N, got "ignore"'],
    [{ 'dry-run': 'maybe' }, 'x-amz-meta-dry-run: Expected true or false, got "maybe"'],
  ])('%j in the metadata makes it FAILED', async (metadata, message) => {
    const { run } = await setUp(KEY, mixed, { metadata })
    const report = await run()
    expect(report).toMatchObject({ state: 'FAILED', read: 0, problem: { code: 'REQUEST_INVALID' } })
    expect(report.problem?.message).toContain(message)
  })

  it('dry-run checks and counts, and writes only a report of its own', async () => {
    const { client, etag, run } = await setUp(KEY, mixed, { metadata: { 'dry-run': 'true' } })
    expect(await run()).toMatchObject({
      state: 'PARTIAL',
      dryRun: true,
      written: 3,
      rejected: 2,
      searchable: 0,
    })
    expect(await countUsers()).toBe(0)
    expect(await read(client, `reports/users.ndjson.${etag}.dry-run.json`)).toContain('"dryRun": true')
    expect(await read(client, `reports/users.ndjson.${etag}.dry-run.rejects.ndjson`)).toContain('VECTOR_ZERO')
    expect((await ledgerOf(KEY)).report).toBeUndefined()
    expect(await run({ dryRun: false })).toMatchObject({ state: 'PARTIAL', written: 3, searchable: 3 })
    expect(await run()).toMatchObject({ state: 'PARTIAL', dryRun: true, written: 0, unchanged: 3 })
  })

  it('come with POST /imports, which queues what is in the bucket, unless it is imported already', async () => {
    const { deps, etag, run } = await setUp(KEY, line('1'))
    const sent: unknown[] = []
    const queue = { send: async (body: unknown) => void sent.push(body), retryIn: async () => {} }
    const start = (body: Parameters<typeof startImport>[1]) =>
      startImport({ ...deps, redis: imports.pool('imports'), queue }, body)
    const queued = { id: ID, key: KEY, etag, state: 'QUEUED' }
    expect(await start({ key: KEY, onError: 'max-errors=3' })).toEqual(queued)
    expect(sent).toEqual([{ job: { bucket: BUCKET, key: KEY, etag, onError: 'max-errors=3' } }])
    await run()
    expect(await start({ key: KEY })).toEqual({ ...queued, state: 'DUPLICATE' })
    expect(await start({ key: KEY, force: true })).toEqual(queued)
    expect(await start({ key: KEY, dryRun: true })).toEqual({ ...queued, id: `${ID}-dry-run` })
    await expect(start({ key: 'imports/none.ndjson' })).rejects.toThrow('does not exist')
    await expect(start({ key: 'reports/users.ndjson' })).rejects.toThrow('below imports/, got')
    await expect(start({ key: 'imports/_SUCCESS' })).rejects.toMatchObject({
      message: expect.stringContaining('a marker that no import reads'),
      problems: [{ path: 'key' }],
    })
    expect(sent).toHaveLength(3)
  })
})

function permutations<T>(values: T[]): T[][] {
  if (values.length <= 1) return [values]
  return values.flatMap((value, i) => permutations(values.toSpliced(i, 1)).map((rest) => [value, ...rest]))
}
