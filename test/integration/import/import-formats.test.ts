import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, it } from 'vitest'
import type { FaultPlan } from '../../../dev/s3/server.ts'
import { bikeShopFile } from '../../support/bike-shop.ts'
import { line, useImports } from '../../support/imports.ts'
import { read } from '../../support/s3.ts'

const COUNT = 1_500
const users = Array.from({ length: COUNT }, (_, i) => ({ id: String(i), vector: [1, 2, Math.fround(i / 7)] }))

interface Format {
  key: string
  file: Buffer
  /** Of the same file, with its end missing. */
  truncated: Buffer
}

const ndjson = Buffer.from(users.map(({ id, vector }) => line(id, vector)).join(''))
const packed = gzipSync(ndjson)
const csv = Buffer.from(
  `id,vector_embedding[0],vector_embedding[1],vector_embedding[2],note\n${users
    .map(({ id, vector }) => `${id},${vector},"a ""note""\nof two lines"`)
    .join('\n')}`,
)

const parquet = Buffer.from(
  parquetWriteBuffer({
    schema: [
      { name: 'root', num_children: 2 },
      { name: 'id', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
      { name: 'vector_embedding', repetition_type: 'REQUIRED', num_children: 1, converted_type: 'LIST' },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      { name: 'element', type: 'FLOAT', repetition_type: 'REQUIRED' },
    ],
    columnData: [
      { name: 'id', data: users.map(({ id }) => id) },
      { name: 'vector_embedding', data: users.map(({ vector }) => vector) },
    ],
    rowGroupSize: 400,
  }),
)

const formats: Record<string, Format> = {
  'NDJSON in gzip': { key: 'imports/a.ndjson.gz', file: packed, truncated: packed.subarray(0, -9) },
  Parquet: { key: 'imports/a.parquet', file: parquet, truncated: parquet.subarray(0, -9) },
  CSV: { key: 'imports/a.csv', file: csv, truncated: csv.subarray(0, -9) },
}

describe.each(Object.entries(formats))('a file of %s', (_, { key, file, truncated }) => {
  const imports = useImports()
  const { setUp, stored, countUsers, ledgerOf } = imports

  /** Its body comes slowly. */
  const slowly: FaultPlan = (request) =>
    request.method === 'GET' && request.key === key ? { bytesPerSecond: file.length } : undefined

  it('is imported whole', async () => {
    const { run } = await setUp(key, file)
    const counts = { read: COUNT, written: COUNT, rejected: 0, searchable: COUNT }
    expect(await run()).toMatchObject({
      state: 'COMPLETED',
      ...counts,
      problem: null,
    })
    const { vector_embedding } = await stored('11')
    expect(vector_embedding.map(Math.fround)).toEqual(users[11]?.vector)
    expect(await run({ force: true })).toMatchObject({ state: 'COMPLETED', unchanged: COUNT, written: 0 })
  })

  it('goes on in later invocations where it stopped', async () => {
    const { run } = await setUp(key, file, { s3: { fault: slowly } })
    let runs = 1
    // Each has more time, as gzip is read from its beginning again.
    while ((await run({}, { stopAt: Date.now() + runs * 300 })).state === 'RUNNING') runs++
    expect(runs).toBeGreaterThan(1)
    expect((await ledgerOf(key)).report).toMatchObject({ state: 'COMPLETED', read: COUNT, written: COUNT })
    expect(await countUsers()).toBe(COUNT)
  })

  it('that ends too early is never COMPLETED, and says so', async () => {
    const { client, etag, run } = await setUp(key, truncated)
    const report = await run()
    expect(report.state).toMatch(/PARTIAL|FAILED/)
    expect(report.problem).toMatchObject({ code: expect.stringMatching(/^FILE_(TRUNCATED|MALFORMED)$/) })
    expect(report.read).toBe(report.written + report.rejected)
    const saved = await read(client, `reports/${key.slice('imports/'.length)}.${etag}.json`)
    expect(JSON.parse(saved ?? '')).toEqual(report)
  })
})

describe('the bike shop as CSV', () => {
  const imports = useImports()

  it('is the same users as in NDJSON', async () => {
    const file = readFileSync(new URL('../../../events/data/users.csv', import.meta.url))
    const { run } = await imports.setUp('imports/users.csv', file)
    expect(await run()).toMatchObject({ state: 'COMPLETED', read: 4, written: 4, searchable: 4 })
    const other = await imports.setUp('imports/users.ndjson', bikeShopFile)
    expect(await other.run()).toMatchObject({ state: 'COMPLETED', unchanged: 4 })
  })
})
