import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { hashOf } from '../../lib/audiences/read-fields.ts'
import { defineIndex } from '../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../lib/index-definition.ts'
import { readWhole } from '../../lib/s3/upload-stream.ts'
import { useAudiences } from '../support/audiences.ts'
import { python } from '../support/data-tools.ts'
import { temporaryFolder } from '../support/stack.ts'
import { writeUsers } from '../support/write-users.ts'

const definition = defineIndex(INDEX_DEFINITION, {
  fields: [
    ...INDEX_DEFINITION.fields,
    { path: '$.email', alias: 'email', type: 'TAG' },
    { path: '$.age', alias: 'age', type: 'NUMERIC' },
    { path: '$.vip', alias: 'vip', type: 'BOOLEAN' },
    // Our own column has the same name.
    { path: '$.rank', alias: 'rank', type: 'NUMERIC' },
  ],
})
const audiences = useAudiences({ definition })
const script = fileURLToPath(new URL('../support/data-tools/read_audience.py', import.meta.url))

/** Ids and texts that a format, a spreadsheet or a data tool may take for something else. */
const ODD = [
  ...['0012', '12345678901234567890', '1e5', '1-2', '2026-03-01', '-5', '+49123', 'true', 'null', 'NaN'],
  ...['=1+1', '@ann', '-x', '+x', "'=x", "it's", '\uff1d1', 'a,b', 'a;b', 'a"b', '"', 'a/b', '\\', 'a|b'],
  ...['ünïcødé', 'e\u0301', '日本', '🚲', 'x'.repeat(250), '__proto__', '{"id":1}', '[1]'],
]
const TEXTS = [...ODD, ' lead', 'a\nb', 'a\r\nb', 'a\tb', '=HYPERLINK("http://x";"y")', '\r=1', '\ufeffx']

interface Stored {
  id: string
  descr: string
  labels: string[]
  email: string
  age: number
  vip: boolean
  rank: number
  vector_embedding: number[]
}

const users: Stored[] = TEXTS.map((text, i) => ({
  ...{ id: ODD[i] ?? `plain ${i}`, descr: text, labels: ['kids', `${i}`], email: `Ann${i}@Example.org` },
  ...{ age: i % 3 === 0 ? 0.1 * i : i, vip: i % 2 === 0, rank: 1_000 - i },
  vector_embedding: [1, 0.001 * i, 0],
}))

describe('the file of an audience', () => {
  it.each([
    ['csv', false],
    ['csv', true],
    ['ndjson', false],
    ['ndjson', true],
    ['parquet', false],
  ] as const)(
    'as %s (gzip: %s) is read by pandas, pyarrow and DuckDB as it was stored',
    async (format, gzip) => {
      const { bytes, report } = await build(format, gzip)
      const file = join(await temporaryFolder(), report.files.audience?.split('/').at(-1) ?? '')
      await writeFile(file, bytes)
      const tools: Record<string, Record<string, unknown>[]> = JSON.parse(
        (await python([script, file])).toString(),
      )
      expect(Object.keys(tools)).toEqual(['pandas', 'pyarrow', 'DuckDB'])
      for (const [tool, rows] of Object.entries(tools)) {
        const read = rows.map((row) =>
          format === 'csv' ? row : { ...row, similarity: typeof row.similarity },
        )
        expect(read, tool).toEqual(users.map((user, i) => expectedRow(user, i, format, rows[i])))
      }
    },
  )

  it('as CSV holds what Excel asks for, and a warning names what Excel would change', async () => {
    const { bytes, report } = await build('csv', false)
    expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf])
    const text = bytes.toString('utf8', 3)
    expect(Buffer.from(text).equals(bytes.subarray(3))).toBe(true)
    // Cells by the module whose dialect "excel" is that of Excel; it refuses what is malformed.
    const cells = `
import csv, json, sys
print(json.dumps(list(csv.reader(sys.stdin.read().splitlines(keepends=True), dialect='excel', strict=True))))`
    const rows: string[][] = JSON.parse(
      (await python(['-X', 'utf8', '-c', cells], { input: text })).toString(),
    )
    expect(rows.every((row) => row.length === rows[0]?.length)).toBe(true)
    const formulas = rows.flat().filter((cell) => /^[\s\0]*[=+\-@\uff1d]/.test(cell) && !isNumber(cell))
    expect(formulas).toEqual([])
    // Outside quotes, each line ends with CR LF, and nothing splits a cell where Excel separates by semicolons.
    const unquoted = text.replaceAll(/"(?:[^"]|"")*"/g, '""')
    expect(unquoted.replaceAll('\r\n', '')).not.toMatch(/[\r\n;]/)
    expect(report.warnings).toEqual([
      expect.stringMatching(/^6 ids have one more apostrophe/),
      expect.stringMatching(/^Excel changes 5 ids/),
    ])
  })

  it('as CSV excludes the customers of an earlier audience, whatever their ids are', async () => {
    const { report } = await build('csv', false)
    const { run, objects } = setUp
    const key = 'audiences/seeds/bought.csv'
    await objects.put(key, await readWhole(objects, report.files.audience ?? ''), 'text/csv')
    const next = await run({ like: [[1, 0, 0]], size: { percent: 100 }, exclude: { key } })
    expect(next).toMatchObject({ counts: { exported: 0, excluded: users.length }, warnings: [] })
  })
})

let setUp: Awaited<ReturnType<typeof audiences.setUp>>

async function build(format: string, gzip: boolean) {
  setUp = await audiences.setUp()
  const { rejected, searchable } = await writeUsers(audiences.redis, definition, users)
  expect({ rejected, searchable }).toMatchObject({ rejected: 0, searchable: users.length })
  const report = await setUp.run({
    ...{ like: [[1, 0, 0]], size: { percent: 100 }, format, gzip },
    ...{ fields: ['descr', 'labels', 'age', 'vip', 'rank'], hash: ['email'] },
  })
  expect(report).toMatchObject({ state: 'COMPLETED', counts: { exported: users.length } })
  return { report, bytes: await readWhole(setUp.objects, report.files.audience ?? '') }
}

function expectedRow(
  user: Stored,
  i: number,
  format: string,
  row: Record<string, unknown> | undefined,
): Record<string, unknown> {
  const { id, descr, labels, age, vip, rank, email } = user
  const values = {
    ...{ id, rank: i + 1, similarity: 'number', nearestSeed: 'like[0]', descr },
    ...{ labels: format === 'ndjson' ? labels : JSON.stringify(labels) },
    ...{ age, vip, field_rank: rank, email_sha256: hashOf(email) },
  }
  if (format !== 'csv') return values
  const cells = Object.entries(values).map(([name, value]) => {
    const text = String(value)
    const guard = name !== 'age' && isFormula(text) ? "'" : ''
    return [name, guard + text]
  })
  return { ...Object.fromEntries(cells), similarity: row?.similarity }
}

/** The rule of OWASP, in other words than in `csv.ts`. */
function isFormula(text: string): boolean {
  const first = text.replace(/^'+/, '').trimStart()
  if (/^[\t\r\n]/.test(text)) return true
  return ['=', '+', '-', '@', '\uff1d'].some((sign) => first.startsWith(sign)) && !isNumber(text)
}

function isNumber(text: string): boolean {
  return /^[-+]?\d+$/.test(text)
}
