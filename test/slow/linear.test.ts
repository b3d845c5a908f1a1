import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { defineIndex } from '../../lib/definition.ts'
import { fieldTallies } from '../../lib/import/field-tally.ts'
import { INDEX_DEFINITION } from '../../lib/index-definition.ts'
import { createRecordCheck } from '../../lib/users/user-record.ts'
import { contentOf, readerOf } from '../support/records.ts'

const definition = defineIndex(INDEX_DEFINITION, {
  fields: [
    ...INDEX_DEFINITION.fields,
    { path: '$.age', alias: 'age', type: 'NUMERIC' },
    { path: '$.place', alias: 'place', type: 'GEO' },
    { path: '$.address.city', alias: 'city', type: 'TAG' },
  ],
})
const check = createRecordCheck(definition)
const tallies = fieldTallies(definition)

/** A file of so many of a part, with what is before and behind them. */
type File = (count: number) => string

const record = (members: string) => `{"id":"1","vector_embedding":[1,2,3],${members}}\n`
const row = (name: string, cell: string) => `id,${name}\n1,"${cell.replaceAll('"', '""')}"\n`

/** What a quadratic pattern, search or copy would be slow with. */
const FILES: Record<string, [name: string, file: File]> = {
  'objects one behind the other in a line': ['a.ndjson', (n) => `{"id":1}\n${'{"id":1}'.repeat(n)}\n`],
  'braces in a line': ['a.ndjson', (n) => `{"id":1}\n${'}{'.repeat(n)}\n`],
  'open braces': ['a.json', (n) => '{'.repeat(n)],
  'open brackets': ['a.json', (n) => '['.repeat(n)],
  'brackets in an array': ['a.json', (n) => `[${'[],'.repeat(n)}[]]`],
  'blank lines': ['a.ndjson', (n) => '\n'.repeat(n)],
  blanks: ['a', (n) => ' '.repeat(n)],
  'blanks behind a record': ['a.ndjson', (n) => `{"id":1}${' '.repeat(n)}x\n`],
  'quotes in a text': ['a.ndjson', (n) => record(`"descr":"${'\\"'.repeat(n)}"`)],
  'a text without an end': ['a.ndjson', (n) => `{"id":1,"descr":"${'\\"'.repeat(n)}\n`],
  'NaN in a list': ['a.ndjson', (n) => record(`"x":[${'NaN,'.repeat(n)}1]`)],
  'escapes that are none': ['a.ndjson', (n) => record(`"x":"${'\\u00e9'.repeat(n)}\\x"`)],
  'brackets too deep': ['a.ndjson', (n) => record(`"x":${'['.repeat(n)}${']'.repeat(n)}`)],
  'members too deep': ['a.ndjson', (n) => record(`"x":${'{"a":'.repeat(n)}1${'}'.repeat(n)}`)],
  members: ['a.ndjson', (n) => record(Array.from({ length: n }, (_, i) => `"m${i}":1`).join(','))],
  'nearly declared members': [
    'a.ndjson',
    (n) =>
      record(
        `"Address":{${Array.from({ length: n }, (_, i) => `"${' '.repeat(i % 20)}city${i}":1`).join(',')}}`,
      ),
  ],
  tags: ['a.ndjson', (n) => record(`"labels":"${'a,'.repeat(n)}"`)],
  'blanks in tags': ['a.ndjson', (n) => record(`"labels":"x${' '.repeat(n)}x"`)],
  'separators with blanks': ['a.ndjson', (n) => record(`"labels":"${' ,'.repeat(n)}"`)],
  'a list of tags': ['a.ndjson', (n) => record(`"labels":[${'"a",'.repeat(n)}"b"]`)],
  'digits of an id': ['a.ndjson', (n) => `{"id":${'9'.repeat(n)},"vector_embedding":[1,2,3]}\n`],
  'digits of a place': ['a.ndjson', (n) => record(`"place":"${'1'.repeat(n)},${'1'.repeat(n)}x"`)],
  'Latin-1': ['a.ndjson', (n) => record(`"descr":"${'\xe9'.repeat(n)}"`)],
  'rows of lone CRs': ['a.csv', (n) => `id,a\r${'1,x\r'.repeat(n)}`],
  'CRs alone': ['a.csv', (n) => `id,a\n${'\r'.repeat(n)}`],
  commas: ['a.csv', (n) => `id,a\n${','.repeat(n)}x\n`],
  'columns without a name': ['a.csv', (n) => `id${','.repeat(n)}\n1\n`],
  'columns of a list': [
    'a.csv',
    (n) => `id,${Array.from({ length: n }, (_, i) => `x[${i}]`).join(',')}\n1${',1'.repeat(n)}\n`,
  ],
  'columns of objects': [
    'a.csv',
    (n) => `id,${Array.from({ length: n }, (_, i) => `x.y${i}`).join(',')}\n1${',1'.repeat(n)}\n`,
  ],
  'a column too deep': ['a.csv', (n) => `id,${'a.'.repeat(n)}a\n1,x\n`],
  'a column name that is nearly a path': ['a.csv', (n) => `id,${'a.'.repeat(n)}[\n1,x\n`],
  'quotes within quotes': ['a.csv', (n) => `id,a\n1,"${'""'.repeat(n)}"\n`],
  'quotes that do not end a cell': ['a.csv', (n) => `id,a\n1,"${'" x'.repeat(n)}"\n`],
  'quotes and blanks': ['a.csv', (n) => `id,a\n1,"${'"  '.repeat(n)},\n`],
  'quotes and commas': ['a.csv', (n) => `id,a\n1,"${'",'.repeat(n)}\n`],
  'a quote without its pair': ['a.csv', (n) => `id,a\n1,"${'x,\n'.repeat(n)}`],
  'a header without an id': ['a', (n) => `${'x,;|\t'.repeat(n)}\n`],
  'a header in quotes': ['a', (n) => `"${'x""'.repeat(n)}"\n`],
  'text of no format': ['a', (n) => 'x'.repeat(n)],
  'a list in a cell': ['a.csv', (n) => row('labels', `[${"'a', ".repeat(n)}'b']`)],
  'a list in a cell without an end': ['a.csv', (n) => row('labels', `['${"\\'".repeat(n)}]`)],
  'an array of PostgreSQL': ['a.csv', (n) => row('labels', `{${'a,'.repeat(n)}b}`)],
  'blanks in a list': ['a.csv', (n) => row('labels', `[${' '.repeat(n)}x]`)],
  'blanks around a number': ['a.csv', (n) => row('age', `1${' '.repeat(n)}x`)],
  'numbers in a cell': ['a.csv', (n) => row('vector_embedding', `[${'1.5, '.repeat(n)}nan]`)],
}

async function readWhole(name: string, file: Buffer): Promise<number> {
  const read = readerOf(`imports/${name}`, { definition, maxRecordBytes: 64 * 1024 ** 2 })
  const from = process.hrtime.bigint()
  // Of the size that S3 sends.
  for await (const batch of read(contentOf(file, [16 * 1024]))) {
    for (const one of batch) {
      const checked = 'bytes' in one ? check(one.bytes) : undefined
      if (checked?.value !== undefined) tallies.see(tallies.start(), checked.value, true)
    }
  }
  return Number(process.hrtime.bigint() - from) / 1e6
}

/** The least of three: another process may have the processor. */
async function fastest(name: string, file: Buffer): Promise<number> {
  const times = [await readWhole(name, file), await readWhole(name, file), await readWhole(name, file)]
  return Math.min(...times)
}

describe('ten times the bytes take no more than some ten times as long', () => {
  it.each(Object.entries(FILES))('%s', { timeout: 600_000 }, async (_, [name, file]) => {
    const [small, large] = [20_000, 200_000].map((count) => Buffer.from(file(count), 'latin1'))
    if (small === undefined || large === undefined) return
    const [short, long] = [await fastest(name, small), await fastest(name, large)]
    // What is quadratic takes a hundred times as long; a short time is mostly that of beginning.
    expect(long / Math.max(short, 10)).toBeLessThan(60)
  })

  it('in gzip, too', async () => {
    const file = (count: number) =>
      gzipSync(record(`"labels":"${'a,'.repeat(count)}"`).repeat(10), { level: 0 })
    const [short, long] = [await fastest('a.ndjson', file(2_000)), await fastest('a.ndjson', file(20_000))]
    expect(long / Math.max(short, 10)).toBeLessThan(60)
  })
})
