import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { csvSplitter } from '../../../lib/import/formats/csv-splitter.ts'
import { jsonSplitter } from '../../../lib/import/formats/json-splitter.ts'
import { ndjsonSplitter } from '../../../lib/import/formats/ndjson-splitter.ts'
import type { RawRecord, Splitter, SplitterOptions } from '../../../lib/import/formats/raw-record.ts'
import { readerOptions, show, textPosition } from '../../support/records.ts'

type MakeSplitter = (options: SplitterOptions) => Splitter

/** Cuts the file after each of the given numbers of bytes, then shows the records as text. */
function split(make: MakeSplitter, file: string | Buffer, sizes: number[] = [], maxRecordBytes = 1024) {
  return records(make({ ...readerOptions, maxRecordBytes }), Buffer.from(file), sizes).map(show)
}

function records({ push, end }: Splitter, file: Buffer, sizes: number[] = []): RawRecord[] {
  const found: RawRecord[] = []
  let rest = file
  for (const size of sizes) {
    found.push(...push(rest.subarray(0, size)))
    rest = rest.subarray(size)
  }
  found.push(...push(rest), ...end())
  return found
}

describe('NDJSON', () => {
  it.each([
    ['one record a line', '{"a":1}\n{"a":2}\n', ['1:0 {"a":1}', '2:8 {"a":2}']],
    ['without a last line break', '{"a":1}\n{"a":2}', ['1:0 {"a":1}', '2:8 {"a":2}']],
    ['with CRLF', '{"a":1}\r\n{"a":2}\r\n', ['1:0 {"a":1}', '2:9 {"a":2}']],
    [
      'with blank lines, which are no records',
      '\n{"a":1}\n \t\r\n\n{"a":2}\n',
      ['2:1 {"a":1}', '5:14 {"a":2}'],
    ],
    ['with a byte order mark', '\ufeff{"a":1}\n', ['1:0 {"a":1}']],
    ['with U+2028 inside a text', '{"a":"x\u2028y"}\n{"a":2}', ['1:0 {"a":"x\u2028y"}', '2:14 {"a":2}']],
    [
      'with objects behind one another',
      '{"a":1}{"a":"}{"} {"b":[{}]}\r\n{"a":2}',
      ['1:0 {"a":1}', '1:7 {"a":"}{"}', '1:18 {"b":[{}]}', '2:30 {"a":2}'],
    ],
    ['with such objects behind a byte order mark', '\ufeff{"a":1}{"a":2}', ['1:3 {"a":1}', '1:10 {"a":2}']],
    [
      'with a line that only looks like it',
      '{"a":"}{"}\n{"a":1}{"b"\n{"a":1}{"b":1}]\n',
      ['1:0 {"a":"}{"}', '2:11 {"a":1}{"b"', '3:23 {"a":1}{"b":1}]'],
    ],
    ['that is empty', '', []],
    ['that is only a byte order mark', '\ufeff', []],
  ])('%s', (_, file, records) => {
    expect(split(ndjsonSplitter, file)).toEqual(records)
  })

  it('rejects a line over the limit and goes on with the next', () => {
    const long = 'x'.repeat(1025)
    expect(split(ndjsonSplitter, `${long}\n{"a":2}`)).toEqual(['1:0 RECORD_TOO_LARGE', '2:1026 {"a":2}'])
    expect(split(ndjsonSplitter, `${'x'.repeat(1024)}\n`)).toHaveLength(1)
  })
})

describe('JSON', () => {
  it.each([
    ['an array', '[{"a":1},{"a":2}]', ['1:1 {"a":1}', '1:9 {"a":2}']],
    ['an array over lines', '[\n  {"a":1} ,\n  {"a":2}\n]\n', ['2:4 {"a":1}', '3:16 {"a":2}']],
    ['an empty array', ' [ ] ', []],
    ['one object', ' {"a":{"b":[1]}} \n', ['1:1 {"a":{"b":[1]}}']],
    ['a byte order mark', '\ufeff[{"a":1}]', ['1:4 {"a":1}']],
    [
      'brackets, commas and quotes in texts',
      '[{"a":"]},\\"{"},{"b":"\\\\"}]',
      ['1:1 {"a":"]},\\"{"}', '1:16 {"b":"\\\\"}'],
    ],
    [
      'elements that are no objects, for the check to reject',
      '[1, "x" ,[2],null]',
      ['1:1 1', '1:4 "x"', '1:9 [2]', '1:13 null'],
    ],
    ['an element that is no JSON, and the next', '[{"a":nope},{"a":2}]', ['1:1 {"a":nope}', '1:12 {"a":2}']],
    ['two values without a comma', '[{"a":1} {"a":2}]', ['1:1 {"a":1} {"a":2}']],
    ['an empty file', '', ['1:0 file FILE_MALFORMED']],
    ['a text', '"users"', ['1:0 file FILE_MALFORMED']],
    [
      'objects one behind the other',
      '{"a":1}{"a":[{}]}{"a":3}',
      ['1:0 {"a":1}', '1:7 {"a":[{}]}', '1:17 {"a":3}'],
    ],
    [
      'objects with blanks between',
      '{"a":1}\n\n{\n"a":2} \r{"a":3}',
      ['1:0 {"a":1}', '3:9 {\n"a":2}', '4:19 {"a":3}'],
    ],
    ['a text sequence', '\x1e{"a":1}\n\x1e{"a":2}\n', ['1:1 {"a":1}', '2:10 {"a":2}']],
    ['objects with a comma between', '{"a":1},{"a":2}', ['1:0 {"a":1}', '1:7 file FILE_MALFORMED']],
    ['an array behind an object', '{"a":1}[]', ['1:0 {"a":1}', '1:7 file FILE_MALFORMED']],
    ['an object behind an array', '[{"a":1}]{}', ['1:1 {"a":1}', '1:9 file FILE_MALFORMED']],
    ['a separator within an array', '[\x1e{"a":1}]', ['1:1 \x1e{"a":1}']],
    ['something after the array', '[{"a":1}] x', ['1:1 {"a":1}', '1:10 file FILE_MALFORMED']],
    ['a comma too many', '[{"a":1},]', ['1:1 {"a":1}', '1:9 file FILE_MALFORMED']],
    ['only a comma', '[,{"a":1}]', ['1:1 file FILE_MALFORMED']],
    ['an array that ends too early', '[{"a":1},\n', ['1:1 {"a":1}', '2:10 file FILE_TRUNCATED']],
    [
      'a record that ends too early',
      '[{"a":1},{"b',
      ['1:1 {"a":1}', '1:9 RECORD_TRUNCATED', '1:12 file FILE_TRUNCATED'],
    ],
    ['an object that ends too early', '{"a":[1', ['1:0 RECORD_TRUNCATED', '1:7 file FILE_TRUNCATED']],
  ])('%s', (_, file, records) => {
    expect(split(jsonSplitter, file)).toEqual(records)
  })

  it.each([
    ['ef', '1:1 file FILE_MALFORMED'],
    ['efbb', '1:2 file FILE_MALFORMED'],
    ['efbb20', '1:3 file FILE_MALFORMED'],
    ['bbbf', '1:0 file FILE_MALFORMED'],
    ['2020bf', '1:2 file FILE_MALFORMED'],
    ['efbbbfbf', '1:3 file FILE_MALFORMED'],
  ])('gives up on a file that begins with %s, which is only like a byte order mark', (hex, fault) => {
    const file = Buffer.concat([Buffer.from(hex, 'hex'), Buffer.from('[{"a":1}]')])
    expect(split(jsonSplitter, file)).toEqual([fault])
    expect(split(jsonSplitter, file, [1, 1, 1, 1])).toEqual([fault])
  })

  it('asks for no bracket when reading begins again behind an object that is cut off, as there was no array', () => {
    const bytes = Buffer.from('{"a":1')
    const all = records(jsonSplitter(readerOptions), bytes)
    expect(all.map(show)).toEqual(['1:0 RECORD_TRUNCATED', '1:6 file FILE_TRUNCATED'])
    for (const { next } of all) {
      const resumed = jsonSplitter({ ...readerOptions, from: textPosition(next) })
      expect(records(resumed, bytes.subarray(6))).toEqual([])
    }
  })

  it('rejects a record over the limit and goes on with the next', () => {
    const long = JSON.stringify({ a: 'x'.repeat(1024) })
    expect(split(jsonSplitter, `[${long},{"a":2}]`)).toEqual(['1:1 RECORD_TOO_LARGE', '1:1034 {"a":2}'])
  })

  it('finds the elements that JSON.parse finds, whatever is in them', () => {
    fc.assert(
      fc.property(fc.array(fc.json()), (elements) => {
        const texts = split(jsonSplitter, `[${elements.join(' ,\n')}]`, [], 1e6)
        expect(texts.map((text) => text.slice(text.indexOf(' ') + 1))).toEqual(elements)
      }),
      { numRuns: 500 },
    )
  })
})

describe('the same records come out', () => {
  const line = fc.oneof(
    fc.json(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '',
      ' ',
      '[',
      ']',
      ',',
      '{"a":"\u2028ü😀"}',
      '{"a":1}{"b":"}{"} {"c":[{}]}',
      'x'.repeat(60),
      '1,"',
      '","',
      '"2","a""b"\r',
      '1,x\r\r2,"y\r"',
    ),
  )
  const file = fc.array(line).map((lines) => lines.join('\n'))
  const sizes = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 60 })

  it.each([
    ['NDJSON', ndjsonSplitter, (text: string) => text],
    ['JSON', jsonSplitter, (text: string) => `[${text}`],
    ['CSV', csvSplitter, (text: string) => `id,b\n${text}`],
  ])('of %s wherever its bytes are cut', (_, make, wrap) => {
    fc.assert(
      fc.property(file, sizes, (text, cuts) => {
        expect(split(make, wrap(text), cuts, 50)).toEqual(split(make, wrap(text), [], 50))
      }),
      { numRuns: 5000 },
    )
  })

  it.each([
    ['NDJSON', ndjsonSplitter, (text: string) => text],
    ['JSON', jsonSplitter, (text: string) => `[${text}]`],
    ['JSON in one object', jsonSplitter, (text: string) => `{"a":\n1}${text}`],
    ['CSV', csvSplitter, (text: string) => `id,b\n${text}`],
  ])('of %s when reading begins again after any of them', (_, make, wrap) => {
    fc.assert(
      fc.property(file, sizes, (text, cuts) => {
        const bytes = Buffer.from(wrap(text))
        const all = records(make({ ...readerOptions, maxRecordBytes: 50 }), bytes)
        for (const [i, record] of all.entries()) {
          // Behind a cell that the end cuts off is nothing to resume: its reject says that the file is not whole.
          if ('fileFault' in record || show(record).endsWith('RECORD_TRUNCATED')) break
          const from = textPosition(record.next)
          const resumed = make({ ...readerOptions, maxRecordBytes: 50, from })
          const rest = records(resumed, bytes.subarray(from.byteOffset), cuts)
          expect(rest.map(show)).toEqual(all.slice(i + 1).map(show))
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('of both when every byte comes alone', () => {
    const text = '[{"a":"ü😀\\"]"},\n {"b":[{}]} ]'
    const bytes = Array.from({ length: Buffer.byteLength(text) }, () => 1)
    expect(split(jsonSplitter, text, bytes)).toEqual(split(jsonSplitter, text))
    expect(split(ndjsonSplitter, text, bytes)).toEqual(split(ndjsonSplitter, text))
  })
})
