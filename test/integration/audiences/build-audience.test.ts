import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { readAudience } from '../../../lib/audiences/audience-ledger.ts'
import { linkToFile } from '../../../lib/audiences/audience-link.ts'
import { PreviewRequestSchema } from '../../../lib/audiences/audience-request.ts'
import { previewAudience } from '../../../lib/audiences/preview-audience.ts'
import { jsonSetArgs } from '../../../lib/redis/commands/json.ts'
import { readWhole } from '../../../lib/s3/upload-stream.ts'
import { accountedFor, rowsOf, useAudiences } from '../../support/audiences.ts'
import { store, storeBikeShop } from '../../support/bike-shop.ts'
import { contentOf, readAll, readerOf } from '../../support/records.ts'
import { keys, put } from '../../support/s3.ts'

const audiences = useAudiences()
const tastes = readFileSync(new URL('../../data/two-tastes.ndjson', import.meta.url), 'utf8')
  .trim()
  .split('\n')

async function storeTastes(): Promise<string[]> {
  const users = tastes.map((line) => JSON.parse(line))
  await store(audiences.redis, Object.fromEntries(users.map((user) => [`user:${user.id}`, user])))
  return users.map(({ id }) => id)
}

describe('an audience', () => {
  it('has the users that are most similar to its seed, best first, and accounts for all others', async () => {
    await storeBikeShop(audiences.redis)
    const { run, text } = await audiences.setUp()
    const report = await run({ like: ['1'], size: { users: 2 }, name: 'spring' })
    expect(report).toMatchObject({
      ...{ name: 'spring', state: 'COMPLETED', percent: 100, problem: null, warnings: [] },
      counts: { matched: 4, exported: 2, seeds: 1, excluded: 0, unliked: 0, beyondSize: 1, unreadable: 0 },
      seeds: { given: 1, used: 1, missing: 0, unsearchable: 0, doubled: 0, drewNobody: 0 },
      certificate: { sampled: 3, missed: 0, missedAtMost: 0 },
    })
    expect(accountedFor(report)).toBe(4)
    expect(rowsOf(await text(report.files.audience))).toEqual([
      { id: '2', rank: '1', similarity: '0.9830498', nearestSeed: '1' },
      { id: '3', rank: '2', similarity: '0.9187757', nearestSeed: '1' },
    ])
    const manifest = JSON.parse(await text(report.files.manifest))
    expect(manifest).toMatchObject({ sha256: report.sha256, request: { like: ['1'] }, counts: report.counts })
  })

  it('of two tastes is of either, by best_score, and of neither by their average', async () => {
    const ids = await storeTastes()
    const seeds = ['mountain', 'road'].flatMap((taste) => [0, 1, 2, 3, 4].map((i) => `${taste}-${i}`))
    const like = seeds.filter((id) => ids.includes(id))
    const { run, text } = await audiences.setUp()
    const tasteOf = async (strategy: string) => {
      const report = await run({ like, size: { users: 100 }, strategy })
      expect(accountedFor(report)).toBe(report.counts.matched)
      const rows = rowsOf(await text(report.files.audience))
      return new Set(rows.map(({ id = '' }) => id.split('-')[0]))
    }
    expect(like).toHaveLength(10)
    expect(await tasteOf('best_score')).toEqual(new Set(['mountain', 'road']))
    // What best_score is for: the mean of two tastes is like neither.
    expect(await tasteOf('average')).toEqual(new Set(['both']))
  })

  it('leaves out users that are excluded, nearer to an unlike, or without a usable vector', async () => {
    await storeBikeShop(audiences.redis)
    await store(audiences.redis, {
      'user:zero': { user: 'zero', labels: 'kids', vector_embedding: [0, 0, 0] },
    })
    const { run, text, client } = await audiences.setUp()
    await put(client, 'audiences/seeds/bought.csv', 'id,email\n3,=x\n')
    const report = await run({
      ...{ like: ['1', '1', 'nobody'], unlike: [[0, 0.9, 0.9]] },
      ...{ exclude: { key: 'audiences/seeds/bought.csv' }, size: { percent: 100 } },
    })
    expect(report).toMatchObject({
      state: 'PARTIAL',
      counts: { matched: 5, exported: 1, seeds: 1, excluded: 1, unliked: 1, beyondSize: 0, unreadable: 1 },
      seeds: { given: 3, used: 1, missing: 1, doubled: 1 },
    })
    expect(rowsOf(await text(report.files.audience)).map(({ id }) => id)).toEqual(['2'])
    const problems = (await text(report.files.problems))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(problems.map(({ id, code }) => [id, code])).toEqual([
      ['1', 'SEED_DOUBLED'],
      ['nobody', 'USER_NOT_FOUND'],
    ])
  })

  it('counts only users that pass the filter', async () => {
    await storeBikeShop(audiences.redis)
    const { run, text } = await audiences.setUp()
    const report = await run({
      like: ['2'],
      size: { percent: 50 },
      filter: { labels: { $in: ['road', 'mountain'] } },
    })
    expect(report.counts).toMatchObject({ matched: 3, exported: 2, seeds: 1 })
    expect(rowsOf(await text(report.files.audience)).map(({ id }) => id)).toEqual(['1', '4'])
  })

  it('shows fields, and hashes of fields, in every format', async () => {
    await storeBikeShop(audiences.redis)
    await audiences.redis.send(
      jsonSetArgs(
        'user:5',
        Buffer.from('{"descr":" =A \\"b\\"","labels":["a","b"],"vector_embedding":[0.9,0.7,0.2]}'),
      ),
    )
    const { run, text, objects } = await audiences.setUp()
    const order = { like: ['1'], size: { users: 1 }, fields: ['descr', 'labels'], hash: ['descr'] }
    const csv = await run(order)
    const lines = (await text(csv.files.audience)).split('\r\n')
    // Of "=a "b"": trimmed, and lower-cased.
    const sha = createHash('sha256').update('=a "b"').digest('hex')
    expect(lines[0]).toBe('\ufeffid,rank,similarity,nearestSeed,descr,labels,descr_sha256')
    expect(lines[1]).toBe(`5,1,1,1,"' =A ""b""","[""a"",""b""]",${sha}`)

    const packed = await run({ ...order, format: 'ndjson', gzip: true })
    const bytes = await readWhole(objects, packed.files.audience ?? '')
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(packed.sha256)
    expect(JSON.parse(gunzipSync(bytes).toString())).toEqual({
      ...{ id: '5', rank: 1, similarity: 1, nearestSeed: '1', descr: ' =A "b"' },
      ...{ labels: ['a', 'b'], descr_sha256: sha },
    })

    const parquet = await run({ ...order, format: 'parquet' })
    const file = await readWhole(objects, parquet.files.audience ?? '')
    const records = await readAll(readerOf('audience.parquet'), contentOf(file))
    expect(
      records.flatMap((record) => ('bytes' in record ? JSON.parse(record.bytes.toString()) : [])),
    ).toEqual([
      {
        ...{ id: '5', rank: 1, similarity: 1, nearestSeed: '1', descr: ' =A "b"' },
        ...{ labels: '["a","b"]', descr_sha256: sha },
      },
    ])
  })

  it('fails, and says why, without a usable seed or with a file that is none', async () => {
    await storeBikeShop(audiences.redis)
    const { run, order, client } = await audiences.setUp()
    expect(await run({ like: ['nobody'], size: { users: 1 } })).toMatchObject({
      state: 'FAILED',
      problem: { code: 'SEEDS_UNUSABLE', message: expect.stringContaining('1 missing') },
    })
    await put(client, 'audiences/seeds/best.csv', 'name\nx\n')
    expect(await run({ like: { key: 'audiences/seeds/best.csv' }, size: { users: 1 } })).toMatchObject({
      state: 'FAILED',
    })
    await expect(order({ like: { key: 'audiences/seeds/none.csv' }, size: { users: 1 } })).rejects.toThrow(
      'does not exist',
    )
  })

  it('is fetched by a link, without credentials', async () => {
    await storeBikeShop(audiences.redis)
    const { run, text, manage } = await audiences.setUp()
    const { id, files } = await run({ like: ['1'], size: { users: 2 } })
    const response = await fetch(await linkToFile(manage, id, 'audience'))
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="audience.csv"')
    expect(await response.text()).toBe((await text(files.audience)).replace('\ufeff', ''))
    await expect(linkToFile(manage, id, 'left')).rejects.toThrow('COMPLETED without this file')
  })

  it('is previewed as it will be, from a sample, and nothing is written', async () => {
    await storeTastes()
    const { run, manage, client } = await audiences.setUp()
    const order = {
      like: ['mountain', 'road'].flatMap((taste) => [0, 1, 2, 3, 4].map((i) => `${taste}-${i}`)),
    }
    const asked = v.parse(PreviewRequestSchema, { ...order, size: { percent: 10 } })
    const preview = await previewAudience(manage, asked, { deadline: Date.now() + 10_000 })
    expect(await keys(client)).toEqual([])
    // All of so few users are in the sample.
    const built = await run({ ...order, size: { percent: 10 } })
    expect(preview).toMatchObject({ sampled: 300, matched: 300, users: 30, curve: built.curve, warnings: [] })
    expect(preview.seeds).toMatchObject({ given: 10, used: 10 })
    expect(preview.holdout).toMatchObject({ seeds: 2, expectedByChance: expect.any(Number) })
    expect(built.holdout?.seeds).toBe(2)
  })

  it('is previewed without the seeds that do not pass the filter', async () => {
    const ids = await storeTastes()
    const { run, manage } = await audiences.setUp()
    const like = ids.filter((id) => id.startsWith('mountain'))
    const order = { like, filter: { labels: 'both' }, size: { percent: 10 } }
    const asked = v.parse(PreviewRequestSchema, order)
    const preview = await previewAudience(manage, asked, { deadline: Date.now() + 10_000 })
    const { counts, curve, holdout } = await run(order)
    expect(counts).toMatchObject({ matched: 100, exported: 10, seeds: 0 })
    expect(preview).toMatchObject({ matched: 100, users: 10, curve, holdout })
  })

  it('is refreshed with the users that entered, left and stayed, and why', async () => {
    await storeBikeShop(audiences.redis)
    const { run, refresh, text } = await audiences.setUp()
    const first = await run({ like: ['1'], size: { users: 2 } })
    expect(first).toMatchObject({ changes: null, files: { entered: null, left: null, stayed: null } })
    await store(audiences.redis, {
      'user:9': { user: 'new', labels: 'kids', vector_embedding: [0.9, 0.7, 0.21] },
    })
    const second = await refresh(first.id)
    expect(second).toMatchObject({ run: 2, state: 'COMPLETED', changes: { entered: 1, left: 1, stayed: 1 } })
    expect(rowsOf(await text(second.files.entered))).toEqual([
      {
        ...{ id: '9', rank: '1', similarity: '0.9999819', rankBefore: '', similarityBefore: '' },
        reason: 'new or changed',
      },
    ])
    expect(rowsOf(await text(second.files.left))).toEqual([
      {
        ...{ id: '3', rank: '', similarity: '0.9187757', rankBefore: '2', similarityBefore: '0.9187757' },
        reason: 'displaced',
      },
    ])
    expect(rowsOf(await text(second.files.stayed))).toEqual([
      {
        ...{ id: '2', rank: '2', similarity: '0.9830498', rankBefore: '1', similarityBefore: '0.9830498' },
        reason: 'unchanged',
      },
    ])
  })

  it.each([
    ['has fewer users than its size', { users: 9 }, {}],
    ['goes down to a similarity', { minSimilarity: 0.5 }, {}],
    ['was empty', { users: 9 }, { filter: { labels: 'tandem' } }],
  ])('that %s has no place to move up to', async (_, size, more) => {
    await storeBikeShop(audiences.redis)
    const { run, refresh, text } = await audiences.setUp()
    const { id } = await run({ like: ['1'], size, ...more })
    // Less similar than all others.
    await store(audiences.redis, {
      'user:9': { user: 'new', labels: 'tandem', vector_embedding: [0, 0.9, 0.9] },
    })
    const { files } = await refresh(id)
    expect(rowsOf(await text(files.entered))).toMatchObject([{ id: '9', reason: 'new or changed' }])
  })

  it('says after a refresh whether a user, or the seeds, became other', async () => {
    await storeBikeShop(audiences.redis)
    const { run, refresh, text, client } = await audiences.setUp()
    await put(client, 'audiences/seeds/best.csv', 'id\n1\n')
    const { id } = await run({ like: { key: 'audiences/seeds/best.csv' }, size: { users: 2 } })
    await store(audiences.redis, {
      'user:2': { user: 'david', labels: 'kids', vector_embedding: [0.9, 0.7, 0.3] },
    })
    const changed = await refresh(id)
    const reasons = async (key: string | null) =>
      rowsOf(await text(key)).map(({ id, reason }) => [id, reason])
    expect(await reasons(changed.files.stayed)).toEqual([
      ['2', 'changed'],
      ['3', 'unchanged'],
    ])
    await put(client, 'audiences/seeds/best.csv', 'id\n4\n')
    const moved = await refresh(id)
    expect(await reasons(moved.files.stayed)).toEqual([
      ['3', 'other seeds'],
      ['2', 'other seeds'],
    ])
  })

  it('is refreshed although the audience before has expired', async () => {
    await storeBikeShop(audiences.redis)
    const { run, refresh, objects } = await audiences.setUp()
    const { id } = await run({ like: ['1'], size: { users: 2 } })
    await refresh(id)
    const { last } = await readAudience(audiences.redis, id)
    await objects.remove([last?.members ?? ''])
    expect(await refresh(id)).toMatchObject({
      ...{ state: 'COMPLETED', changes: null, files: { entered: null, left: null, stayed: null } },
      warnings: [expect.stringContaining('has expired')],
    })
    expect(await refresh(id)).toMatchObject({ changes: { entered: 0, left: 0, stayed: 2 }, warnings: [] })
  })
})
