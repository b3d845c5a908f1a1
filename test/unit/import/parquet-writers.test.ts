import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { RawRecord } from '../../../lib/import/formats/raw-record.ts'
import { contentOf, readAll, readerOf } from '../../support/records.ts'

const folder = fileURLToPath(new URL('../../data/parquet/writers/', import.meta.url))
const files = readdirSync(folder).filter((name) => name.endsWith('.parquet'))
const read = readerOf('imports/users.parquet')

/** The document as it is, or the fault as JSON. */
function lineOf(record: RawRecord): string {
  if ('bytes' in record) return record.bytes.toString()
  return JSON.stringify('fault' in record ? record.fault : 'fileFault' in record ? record.fileFault : record)
}

describe('a Parquet file of pyarrow, pandas, polars, DuckDB, fastparquet, Spark or ClickHouse', () => {
  it.each(files)('gives the documents of its rows, or says why not: %s', async (name) => {
    const expected = readFileSync(folder + name.replace(/\..*/, '.ndjson'), 'utf8')
    const records = await readAll(read, contentOf(readFileSync(folder + name)))
    expect(records.map((record) => `${lineOf(record)}\n`).join('')).toBe(expected)
  })
})
