import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { bikeShop } from '../../support/bike-shop.ts'
import { useImports } from '../../support/imports.ts'
import { CODECS, type ParquetColumn, parquetFile } from '../../support/parquet-file.ts'
import { read } from '../../support/s3.ts'

const written = (name: string) =>
  readFileSync(new URL(`../../data/parquet/writers/${name}.parquet`, import.meta.url))

describe('a Parquet file', () => {
  const imports = useImports()

  async function importOf(file: Buffer) {
    const { client, run } = await imports.setUp('imports/a.parquet', file, { definition: bikeShop })
    const report = await run()
    const rejects = report.rejects === null ? '' : ((await read(client, report.rejects)) ?? '')
    return {
      report,
      rejects: rejects
        .split('\n')
        .filter(Boolean)
        .map((text) => JSON.parse(text)),
    }
  }

  const text = async (id: string) => String(await imports.redis.send(['JSON.GET', `user:${id}`]))

  it('has its values in Redis with every digit', async () => {
    expect((await importOf(written('duckdb.v1'))).report).toMatchObject({ state: 'COMPLETED', written: 1 })
    const stored = await text('a')
    expect(stored).toContain('"price":"12345678901234567890.123456789"')
    expect(stored).toContain('"ubig":18446744073709551615')
    expect(stored).toContain('"far":"+010000-01-01"')
    expect(stored).toContain('"never":"infinity"')
    expect(stored).toContain('"map":{"a":1,"__proto__":2}')
  })

  it('has ids beyond 2^53 as they are written', async () => {
    expect((await importOf(written('pyarrow-long-ids'))).report).toMatchObject({
      state: 'COMPLETED',
      written: 2,
    })
    expect(await text('1234567890123456789')).toContain('"id":1234567890123456789')
  })

  it('of which a user is deleted: 1 has a reject, and that user stays', async () => {
    const { report, rejects } = await importOf(written('pyarrow-deleted-number'))
    expect(report).toMatchObject({ state: 'PARTIAL', written: 0, deleted: 0, rejected: 2 })
    expect(rejects[0]).toMatchObject({ row: 1, id: 'a', code: 'FIELD_TYPE', path: 'deleted' })
    expect((await importOf(written('pyarrow-deleted'))).report).toMatchObject({ written: 1, deleted: 1 })
  })

  it('rejects the record of a value without a form, with row, id and column, and imports the others', async () => {
    const { report, rejects } = await importOf(written('pyarrow-bytes'))
    expect(report).toMatchObject({ state: 'PARTIAL', written: 1, rejected: 1 })
    expect(rejects).toMatchObject([{ row: 1, id: 'a', code: 'RECORD_NOT_UTF8', path: 'raw' }])
    const infinite = await importOf(written('pyarrow-infinity'))
    expect(infinite.report).toMatchObject({ state: 'PARTIAL', written: 1, rejected: 1 })
    expect(infinite.rejects).toMatchObject([{ row: 1, id: 'a', path: 'double' }])
  })

  it('has a dotted column at the path of its name', async () => {
    expect((await importOf(written('pyarrow-dotted'))).report).toMatchObject({
      state: 'COMPLETED',
      written: 2,
    })
    expect(await text('a')).toContain('"address":{"city":"Oslo","geo":{"zip":1}}')
  })

  it('with two columns of one name is FAILED, with the name', async () => {
    const { report } = await importOf(written('pyarrow-two-of-a-name'))
    expect(report).toMatchObject({ state: 'FAILED', read: 0, problem: { code: 'FILE_MALFORMED' } })
    expect(report.problem?.message).toContain('(column "labels")')
  })

  it('whose row unpacks to more than the memory is FAILED, with its report', async () => {
    const column = (i: number): ParquetColumn => ({
      name: `c${i}`,
      type: 'BYTE_ARRAY',
      codec: CODECS.ZSTD,
      pages: [{ bytes: Buffer.alloc(0), packed: Buffer.of(0), values: 1, unpackedBytes: 60_000_000 }],
    })
    const columns = Array.from({ length: 40 }, (_, i) => column(i))
    const { report } = await importOf(parquetFile(columns, 1))
    expect(report).toMatchObject({ state: 'FAILED', read: 0, problem: { code: 'FILE_TOO_LARGE', row: 1 } })
  })
})
