import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { defineIndex } from '../../../lib/definition.ts'
import { isMarker } from '../../../lib/import/markers.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { useImports } from '../../support/imports.ts'

const definition = defineIndex(INDEX_DEFINITION, {
  fields: [...INDEX_DEFINITION.fields, { path: '$.age', alias: 'age', type: 'NUMERIC' }],
})
const dataOf = (name: string) => readFileSync(new URL(`../../data/formats/${name}`, import.meta.url))
const users: Record<string, unknown>[] = JSON.parse(dataOf('users.json').toString())

/** The age of one user is beyond 2^53: what it is in the file, where the writer has changed it. */
const EXACT = '9007199254740993'
const AS_DOUBLE = '9007199254740992'

/** docs/formats.md has the same files, by writer. */
const WHOLE: readonly [file: string, format: string, age?: string][] = [
  ['pandas-lines.json', 'NDJSON'],
  ['pandas-records.json', 'JSON'],
  ['pandas.json.gz', 'NDJSON, gzip'],
  ['pandas.csv', 'CSV'],
  ['pandas-index.csv', 'CSV'],
  ['pandas.tsv', 'CSV'],
  ['pandas.parquet', 'Parquet'],
  ['polars.ndjson', 'NDJSON'],
  ['polars.json', 'JSON'],
  ['polars.csv', 'CSV'],
  ['polars.parquet', 'Parquet'],
  ['pyarrow.csv', 'CSV'],
  ['pyarrow.parquet', 'Parquet'],
  ['duckdb.json', 'NDJSON'],
  ['duckdb-array.json', 'JSON'],
  ['duckdb.json.gz', 'NDJSON, gzip'],
  ['duckdb.csv', 'CSV'],
  ['duckdb.parquet', 'Parquet'],
  ['spark-json/part-00000-c000.json', 'NDJSON'],
  ['spark-csv/part-00000-c000.csv', 'CSV'],
  ['spark-parquet/part-00000-c000.snappy.parquet', 'Parquet'],
  ['clickhouse.ndjson', 'NDJSON'],
  ['clickhouse-array.json', 'JSON'],
  ['clickhouse.csv', 'CSV'],
  ['clickhouse.parquet', 'Parquet'],
  ['excel-utf8.csv', 'CSV'],
  ['excel-semicolons.csv', 'CSV'],
  ['excel-macintosh.csv', 'CSV'],
  ['libreoffice.csv', 'CSV', '9007199254740990'],
  ['mongoexport.json', 'NDJSON'],
  ['mongoexport-array.json', 'JSON'],
  ['psql.csv', 'CSV'],
  ['psql.ndjson', 'NDJSON'],
  ['jq.json', 'JSON', AS_DOUBLE],
  ['jq-lines.json', 'NDJSON', AS_DOUBLE],
  ['jq-sequence.json', 'JSON', AS_DOUBLE],
  ['jq-array.json', 'JSON', AS_DOUBLE],
  ['jq.csv', 'CSV', AS_DOUBLE],
  ['node-lines.jsonl', 'NDJSON', AS_DOUBLE],
  ['node-array.json', 'JSON', AS_DOUBLE],
  ['node-firehose', 'JSON', AS_DOUBLE],
  ['node-gzip.ndjson', 'NDJSON, gzip', AS_DOUBLE],
]

describe('a file of', () => {
  const imports = useImports()

  it.each(WHOLE)('%s is imported whole', async (file, format, age = EXACT) => {
    const { run } = await imports.setUp(`imports/${file}`, dataOf(file), { definition })
    const report = await run()
    expect(report).toMatchObject({ state: 'COMPLETED', format, written: users.length, rejectsByCode: [] })
    for (const user of users) {
      const text = String(await imports.redis.send(['JSON.GET', `user:${user.id}`]))
      const { descr, labels, vector_embedding } = JSON.parse(text)
      expect(vector_embedding.map(Math.fround)).toEqual((user.vector_embedding as number[]).map(Math.fround))
      expect(tagsOf(labels)).toEqual(tagsOf(user.labels))
      if (!file.includes('macintosh')) expect(descr ?? null).toBe(user.descr)
      if (user.id === 'bob') expect(ageIn(text)).toBe(BigInt(age))
    }
  })

  it.each([
    ['pandas-default.json', 'one object of columns', { rejected: 1, written: 0 }, 'ID_INVALID'],
    ['clickhouse-json.json', 'one object of data and statistics', { rejected: 1, written: 0 }, 'ID_INVALID'],
    ['duckdb-lists.csv', 'lists without quotes', { rejected: 2, written: 1 }, 'FIELD_TYPE'],
    [
      'mongoexport-canonical.json',
      'objects in place of numbers',
      { rejected: 3, written: 0 },
      'VECTOR_NOT_FINITE',
    ],
    ['excel-ansi.csv', 'Windows-1252', { rejected: 1, written: 2 }, 'RECORD_NOT_UTF8'],
  ])('%s has rejects: %s', async (file, _, counts, code) => {
    const { run } = await imports.setUp(`imports/${file}`, dataOf(file), { definition })
    const report = await run()
    expect(report).toMatchObject({ state: 'PARTIAL', ...counts, rejectsByCode: [{ code }] })
    expect(report.problem?.code).toBe(file === 'excel-ansi.csv' ? 'FILE_UNSUPPORTED' : undefined)
  })

  it.each([
    ['pandas-utf16.csv', 'UTF-16 (little-endian)'],
    ['pandas.pkl', 'a Python pickle'],
    ['pyarrow.feather', 'an Arrow file'],
    ['pyarrow.orc', 'ORC'],
    ['excel.xlsx', 'an Excel workbook (.xlsx)'],
    ['excel-unicode.txt', 'UTF-16 (little-endian)'],
    ['libreoffice.ods', 'a LibreOffice spreadsheet (.ods)'],
  ])('%s is named as %s', async (file, name) => {
    const { run } = await imports.setUp(`imports/${file}`, dataOf(file), { definition })
    const problem = { code: 'FILE_UNSUPPORTED', message: expect.stringContaining(`got ${name}`) }
    expect(await run()).toMatchObject({ state: 'FAILED', problem })
  })
})

it.each(['_SUCCESS', '._SUCCESS.crc', '.part-00000-c000.json.crc'])("Spark's %s is a marker", (name) => {
  expect(isMarker(`imports/spark-json/${name}`)).toBe(true)
})

/** Every digit of a whole number, however it is written. */
function ageIn(document: string): bigint {
  const [, digits = '', exponent = '0'] = /"age":(\d[\d.]*)(?:E\+(\d+))?/.exec(document) ?? []
  const [whole = '', fraction = ''] = digits.split('.')
  return BigInt(whole + fraction.padEnd(Number(exponent), '0').slice(0, Number(exponent)))
}

/** A list, or text with commas, or nothing: what a TAG is in the formats. */
function tagsOf(labels: unknown): string[] {
  if (typeof labels === 'string') return labels.split(',')
  return Array.isArray(labels) ? labels : []
}
