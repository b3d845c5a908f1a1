import { describe, expect, it } from 'vitest'
import { showImport } from '../../../lib/import/manage-imports.ts'
import { openRejectLog } from '../../../lib/import/reject-log.ts'
import { line, useImports } from '../../support/imports.ts'
import { keys, read } from '../../support/s3.ts'

describe('the report of an import', () => {
  const imports = useImports()
  const { setUp } = imports

  it('groups the rejects by code, with the first three places of each', async () => {
    const bad = Array.from({ length: 5 }, (_, i) => line(`b${i}`, [1, 2]))
    const file = [line('1'), ...bad, '{"id":"nan","vector_embedding":[1,NaN,3]}\n', line('2')].join('')
    const { client, etag, run } = await setUp('imports/a.ndjson', file)
    const report = await run()
    const place = (i: number) => ({
      line: 2 + i,
      byteOffset: Buffer.byteLength(line('1') + bad.slice(0, i).join('')),
      id: `b${i}`,
      path: 'vector_embedding',
      message: 'Expected 3 dimensions, got 2',
    })
    expect(report).toMatchObject({ state: 'PARTIAL', format: 'NDJSON', rejected: 6, rejectsListed: 6 })
    expect(report.rejectsByCode).toEqual([
      { code: 'VECTOR_DIMENSIONS', count: 5, first: [place(0), place(1), place(2)] },
      {
        code: 'RECORD_NOT_JSON',
        count: 1,
        first: [expect.objectContaining({ id: 'nan', path: 'vector_embedding[1]' })],
      },
    ])
    expect(report.reportKey).toBe(`reports/a.ndjson.${etag}.json`)
    expect(JSON.parse((await read(client, report.reportKey ?? '')) ?? '')).toEqual(report)
    expect(await showImport({ redis: imports.redis }, report.id)).toMatchObject(report)
  })

  it('counts for each declared field how many users lack it, and warns of one that none has', async () => {
    const file =
      line('1', [1, 2, 3], { descr: 'x' }) + line('2', [1, 2, 3], { descr: null }) + line('3', [1, 2])
    const { run } = await setUp('imports/a.ndjson', `${file}{"id":"4","deleted":true}\n`)
    expect(await run()).toMatchObject({
      fields: [
        { path: 'descr', missing: 1, doubts: [] },
        { path: 'labels', missing: 2, doubts: [] },
      ],
      warnings: ['No user in the file has the field labels'],
    })
  })

  it('counts for each declared field the users with words that no filter finds, and warns of them', async () => {
    const texts = ['road\nbikes', 'road bikes', '“road” bikes', 'x'.repeat(129)]
    const file = texts.map((descr, i) => line(String(i), [1, 2, 3], { descr, labels: 'a' })).join('')
    const { run } = await setUp('imports/a.ndjson', file)
    const report = await run()
    const doubt = (words: string, users: number) => ({ reason: expect.stringContaining(words), users })
    expect(report.fields[0]?.doubts).toEqual([doubt('joined', 2), doubt('128 bytes', 1)])
    expect(report.fields[1]?.doubts).toEqual([])
    expect(report.warnings).toEqual([
      expect.stringMatching(/^In descr, 2 users have words joined by a line break/),
      expect.stringMatching(/^In descr, 1 users have words of more than 128 bytes/),
    ])
    expect(report.state).toBe('COMPLETED')
  })

  it.each([
    [
      'a.ndjson',
      line('1', [1, 2, 3], { Labels: 'kids', DESCR: 'x', Deleted: true }),
      ['Labels', 'DESCR', 'Deleted'],
    ],
    ['a.csv', 'ID,user,vector_embedding, LABELS \n7,1,"[1,2,3]",kids\n', ['ID', 'LABELS']],
    ['b.csv', 'id,Vector Embedding[0],Vector Embedding[1]\n1,1,2\n', ['Vector Embedding']],
  ])('warns in %s of members that are nearly declared ones', async (name, file, names) => {
    const { run } = await setUp(`imports/${name}`, file)
    const { warnings } = await run()
    const near = warnings.filter((warning) => warning.includes('which no index reads'))
    expect(near.map((warning) => /"(.*?)"/.exec(warning)?.[1])).toEqual(names)
  })

  it('is silent about a file in which nothing is odd', async () => {
    const file = `id,descr,vector_embedding, labels\n1,x,"[1,2,3]",kids\n`
    const { run } = await setUp('imports/a.csv', file)
    expect(await run()).toMatchObject({ state: 'COMPLETED', format: 'CSV', warnings: [], rejectsByCode: [] })
  })

  it('says that a file has no records', async () => {
    const { run } = await setUp('imports/part-00001', '')
    expect(await run()).toMatchObject({ state: 'COMPLETED', read: 0, warnings: ['The file has no records'] })
  })

  it('lists the first two hundred thousand rejects', async () => {
    const { client, deps } = await setUp('imports/a.ndjson', '')
    const key = 'reports/a.rejects.ndjson'
    const state = { upload: null, waiting: 0, listed: 199_998 }
    const log = await openRejectLog({ redis: imports.redis, objects: deps.objects }, { id: 'x', key, state })
    const rejects = [1, 2, 3, 4, 5].map((row) => ({
      position: { row },
      reject: { code: 'RECORD_NOT_OBJECT' as const, path: '', message: 'Expected an object, got a number' },
    }))
    expect((await log.add(rejects)).state.listed).toBe(200_000)
    expect((await log.add(rejects)).save).toEqual([])
    await log.finish()
    const lines = ((await read(client, key)) ?? '').trim().split('\n')
    expect(lines.map((text) => JSON.parse(text).row)).toEqual([1, 2])
  })

  it('has rejects that are short, whatever the record', async () => {
    const name = 'x'.repeat(100_000)
    const { run } = await setUp('imports/a.ndjson', line('1', [1, 2, 3], { [name]: { y: '\ud800' } }))
    const [group] = (await run()).rejectsByCode
    expect(group?.first[0]?.path).toHaveLength(301)
  })

  it.each([900, 976, 990, 1015])('is stored, and its rejects, for a key of %i bytes', async (bytes) => {
    const key = `imports/${'ü'.repeat((bytes - 8) / 2)}`.padEnd(bytes - ((bytes - 8) >> 1), 'x')
    expect(Buffer.byteLength(key)).toBe(bytes)
    const { client, run } = await setUp(key, line('1') + line('2', [0, 0, 0]))
    const report = await run()
    expect(report).toMatchObject({ state: 'PARTIAL', written: 1 })
    const stored = (await keys(client)).filter((name) => name?.startsWith('reports/'))
    expect(stored.toSorted()).toEqual([report.reportKey, report.rejects].toSorted())
    expect(report.reportKey?.includes('\ufffd')).toBe(false)
  })
})

describe('a file that is at fault as a whole', () => {
  const imports = useImports()

  it.each([
    ['deep-header.csv', `id,vector_embedding,${'a.'.repeat(20_000)}a\n1,"[1,2,3]",x\n`, 'FILE_MALFORMED'],
    [
      'gz-utf16.ndjson',
      Buffer.from('\ufeff{"id":"1","vector_embedding":[1,2,3]}\n', 'utf16le'),
      'FILE_UNSUPPORTED',
    ],
    ['users.xlsx', Buffer.from('PK\x03\x04\0[Content_Types].xml'), 'FILE_UNSUPPORTED'],
  ])('is FAILED with a report: %s', async (name, file, code) => {
    const { client, run } = await imports.setUp(`imports/${name}`, file)
    const report = await run()
    expect(report).toMatchObject({ state: 'FAILED', read: 0, problem: { code } })
    expect(await keys(client)).toContain(report.reportKey)
  })
})
