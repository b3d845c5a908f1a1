import { describe, expect, it } from 'vitest'
import { unpackLz4, unpackLz4Raw } from '../../../lib/import/formats/parquet/lz4.ts'
import { unpackSnappy } from '../../../lib/import/formats/parquet/snappy.ts'
import {
  CODECS,
  ENCODINGS,
  type ParquetColumn,
  type ParquetPage,
  parquetFile,
  plainTexts,
  sameLevels,
} from '../../support/parquet-file.ts'
import { contentOf, readAll, readerOf, show } from '../../support/records.ts'

const MIB = 1024 ** 2
const read = readerOf('imports/users.parquet')

async function recordsOf(columns: ParquetColumn[], rows: number, maxRecordBytes = MIB) {
  const reader = readerOf('imports/users.parquet', { maxRecordBytes })
  return readAll(reader, contentOf(parquetFile(columns, rows)))
}

async function shown(...args: Parameters<typeof recordsOf>): Promise<string[]> {
  return (await recordsOf(...args)).map(show)
}

/** Texts of a column without nulls. */
function texts(name: string, values: string[], codec = CODECS.UNCOMPRESSED): ParquetColumn {
  const pages = [{ bytes: plainTexts(values), values: values.length }]
  return { name, type: 'BYTE_ARRAY', isRequired: true, codec, pages }
}

async function faultOf(columns: ParquetColumn[], rows = 1): Promise<string> {
  const last = (await recordsOf(columns, rows)).at(-1)
  return last !== undefined && 'fileFault' in last
    ? `${last.fileFault.code}: ${last.fileFault.message}`
    : 'none'
}

describe('the pages of a Parquet file', () => {
  it.each(['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'BROTLI', 'ZSTD'] as const)(
    'are unpacked: %s',
    async (codec) => {
      expect(await shown([texts('id', ['a', 'b'], CODECS[codec])], 2)).toEqual([
        '1 {"id":"a"}',
        '2 {"id":"b"}',
      ])
    },
  )

  it('are refused by the name of their codec, encoding or type, with their column', async () => {
    expect(await faultOf([texts('id', ['a'], CODECS.LZO)])).toMatch(
      /^FILE_MALFORMED: Expected pages packed with one of UNCOMPRESSED, .*, LZ4_RAW, got LZO \(column "id"\)$/,
    )
    const [page = { bytes: Buffer.alloc(0), values: 0 }] = texts('id', ['a']).pages
    const encoded = { ...texts('id', ['a']), pages: [{ ...page, encoding: ENCODINGS.ALP }] }
    expect(await faultOf([encoded])).toMatch(
      /encodings PLAIN, .*, BYTE_STREAM_SPLIT, got ALP \(column "id"\)$/,
    )
    const bson = { ...texts('b', ['a']), converted: 20 }
    expect(await faultOf([texts('id', ['a']), bson])).toBe(
      'FILE_MALFORMED: Expected columns of types that JSON has, got BSON (column "b")',
    )
    const day = { ...texts('day', ['a']), converted: 6 }
    expect(await faultOf([day])).toBe(
      'FILE_MALFORMED: Expected a column of INT32 for DATE, got BYTE_ARRAY (column "day")',
    )
  })

  it('are not read when the file is encrypted', async () => {
    const file = parquetFile([texts('id', ['a'])], 1)
    const encrypted = Buffer.from(file)
    encrypted.write('PARE')
    const [record] = await readAll(read, contentOf(encrypted))
    expect(record).toMatchObject({
      fileFault: { code: 'FILE_MALFORMED', message: 'Expected a Parquet file that is not encrypted' },
    })
  })

  it('have levels in the older encoding BIT_PACKED', async () => {
    const bytes = Buffer.concat([Buffer.of(0b10100000), plainTexts(['a', 'c'])])
    const column: ParquetColumn = {
      name: 'id',
      type: 'BYTE_ARRAY',
      pages: [{ bytes, values: 3, levelEncoding: ENCODINGS.BIT_PACKED }],
    }
    expect(await shown([column], 3)).toEqual(['1 {"id":"a"}', '2 {}', '3 {"id":"c"}'])
  })

  it('may each have a part of a list', async () => {
    // Repetition 0, then 1: the second page goes on with the list of the first.
    const part = (repetition: number, values: string[]): ParquetPage => ({
      bytes: Buffer.concat([
        sameLevels(repetition, values.length),
        sameLevels(1, values.length),
        plainTexts(values),
      ]),
      values: values.length,
    })
    const column: ParquetColumn = {
      name: 'labels',
      type: 'BYTE_ARRAY',
      isList: true,
      pages: [part(0, ['a']), part(1, ['b', 'c']), part(0, ['d'])],
    }
    expect(await shown([column], 2)).toEqual(['1 {"labels":["a","b","c"]}', '2 {"labels":["d"]}'])
  })

  it('have a place of a dictionary that exists', async () => {
    const dictionary = { bytes: plainTexts(['a', 'b']), values: 2, isDictionary: true }
    const page = (place: number): ParquetColumn => ({
      ...texts('id', []),
      pages: [dictionary, { bytes: Buffer.of(2, 4, place), values: 2, encoding: ENCODINGS.RLE_DICTIONARY }],
    })
    expect(await shown([page(1)], 2)).toEqual(['1 {"id":"b"}', '2 {"id":"b"}'])
    expect(await faultOf([page(2)], 2)).toContain('Expected places within the dictionary (column "id")')
  })

  it('must have as many rows as the file says', async () => {
    expect(await faultOf([texts('id', ['a', 'b'])], 1)).toContain('as many rows in every column')
    expect(await faultOf([texts('id', ['a', 'b'])], 3)).toContain('as many rows in every column')
  })
})

describe('packed bytes', () => {
  const text = Buffer.from('abcabcabcabcX')
  const snappy = Buffer.of(13, 2 << 2, 97, 98, 99, ((9 - 4) << 2) | 1, 3, 0, 88)
  const lz4 = Buffer.of((3 << 4) | 5, 97, 98, 99, 3, 0, 1 << 4, 88)
  const hadoop = Buffer.concat([Buffer.of(0, 0, 0, 13, 0, 0, 0, lz4.length), lz4])

  it.each([
    ['Snappy', unpackSnappy, snappy],
    ['LZ4', unpackLz4Raw, lz4],
    ['LZ4 without a head', unpackLz4, lz4],
    ['LZ4 of Hadoop', unpackLz4, hadoop],
  ] as const)(
    'of %s are unpacked, and are malformed with another size or cut anywhere',
    (_, unpack, packed) => {
      const malformed = expect.objectContaining({ code: 'FILE_MALFORMED' })
      expect(unpack(packed, 13).toString()).toBe(text.toString())
      for (const size of [0, 12, 14, 2 ** 31]) expect(() => unpack(packed, size)).toThrow(malformed)
      for (let end = 0; end < packed.length; end++) {
        expect(() => unpack(packed.subarray(0, end), 13)).toThrow(malformed)
      }
    },
  )

  it('of Hadoop may have several blocks, and several behind one length', () => {
    const second = Buffer.concat([
      Buffer.of(0, 0, 0, 26, 0, 0, 0, lz4.length),
      lz4,
      Buffer.of(0, 0, 0, lz4.length),
      lz4,
    ])
    const unpacked = unpackLz4(Buffer.concat([hadoop, second]), 39)
    expect(unpacked.toString()).toBe(text.toString().repeat(3))
  })

  it('repeat bytes before and within the repetition, and none before the first', () => {
    expect(unpackLz4Raw(Buffer.of((1 << 4) | 15, 97, 1, 0, 20, 1 << 4, 98), 41).toString()).toBe(
      `${'a'.repeat(40)}b`,
    )
    expect(() => unpackLz4Raw(Buffer.of((1 << 4) | 0, 97, 2, 0, 1 << 4, 98), 6)).toThrow()
    expect(() => unpackSnappy(Buffer.of(5, 0, 97, 1, 2), 5)).toThrow()
  })
})

describe('a Parquet file that is larger than it looks', () => {
  it('has at most 640 MiB of pages for a row, and is refused before they are unpacked', async () => {
    const column = (i: number): ParquetColumn => ({
      ...texts(`c${i}`, []),
      codec: CODECS.ZSTD,
      pages: [{ bytes: Buffer.alloc(0), packed: Buffer.of(0), values: 1, unpackedBytes: 60_000_000 }],
    })
    const columns = [texts('id', ['a']), ...Array.from({ length: 40 }, (_, i) => column(i))]
    expect(await faultOf(columns)).toBe(
      'FILE_TOO_LARGE: Expected pages of at most 671088640 bytes for all columns of a row together, got more: ' +
        'write fewer rows into a page (column "c11")',
    )
  })

  it('has at most 512 MiB in a page', async () => {
    const pages = [{ bytes: Buffer.alloc(0), values: 1, unpackedBytes: 512 * MIB + 1 }]
    expect(await faultOf([{ ...texts('id', []), pages }])).toContain(
      'FILE_TOO_LARGE: Expected pages of at most 536870912 bytes, got one of 536870913: write smaller row groups',
    )
  })

  it('has no more rows than users can be', async () => {
    const pages = [{ bytes: sameLevels(0, 2 ** 30), values: 2 ** 30 }]
    const file = [{ name: 'id', type: 'BYTE_ARRAY', pages } as const]
    expect(await faultOf(file, 2 ** 30)).toMatch(
      /^FILE_TOO_LARGE: Expected at most 1000000 rows in a file of \d+ bytes/,
    )
  })

  it('has rows that are too large, each a reject with its id, and goes on', async () => {
    const many = Buffer.concat([Buffer.of(6, 0, 0, 0, 2, 0, 0xfe, 0xff, 0x7f, 1), sameLevels(0, 2_000_000)])
    const list: ParquetColumn = {
      name: 'l',
      type: 'INT32',
      isList: true,
      pages: [{ bytes: many, values: 1 }],
    }
    expect(await shown([texts('id', ['a']), list], 1)).toEqual(['1 {"id":"a","l":[]}'])
    const long = 'x'.repeat(300)
    const records = await recordsOf([texts('id', ['a', 'b', 'c']), texts('t', ['1', long, '3'])], 3, 200)
    expect(records.map(show)).toEqual(['1 {"id":"a","t":"1"}', '2 RECORD_TOO_LARGE', '3 {"id":"c","t":"3"}'])
    expect(records[1]).toMatchObject({ fault: { id: 'b' } })
  })

  it('has lists that are too long, each a reject, and holds no more of them than a record may have', async () => {
    const values = 5_000_000
    // One row, then a short one: repetition levels 0, then 1 for the rest, then 0.
    const repetitions = Buffer.concat([Buffer.of(2, 0), run(values - 1, 1), Buffer.of(2, 0)])
    const length = Buffer.alloc(4)
    length.writeUInt32LE(repetitions.length)
    const bytes = Buffer.concat([
      length,
      repetitions,
      sameLevels(1, values + 1),
      Buffer.alloc(4 * (values + 1)),
    ])
    const list: ParquetColumn = {
      name: 'l',
      type: 'INT32',
      isList: true,
      pages: [{ bytes, values: values + 1 }],
    }
    const records = await recordsOf([texts('id', ['a', 'b']), list], 2)
    expect(records.map(show)).toEqual(['1 RECORD_TOO_LARGE', '2 {"id":"b","l":[0]}'])
    expect(records[0]).toMatchObject({ fault: { id: 'a' } })
  })
})

/** A run of the same level. */
function run(count: number, level: number): Buffer {
  return sameLevels(level, count).subarray(4)
}

it('reads on behind a row whose value has no form as JSON', async () => {
  const raw: ParquetColumn = {
    name: 'raw',
    type: 'BYTE_ARRAY',
    isRequired: true,
    pages: [{ bytes: Buffer.from([1, 0, 0, 0, 0xff, 1, 0, 0, 0, 97]), values: 2 }],
  }
  const [first, second] = await readAll(read, contentOf(parquetFile([texts('id', ['a', 'b']), raw], 2)))
  expect(first).toMatchObject({ fault: { code: 'RECORD_NOT_UTF8', id: 'a', path: 'raw' } })
  expect(second && show(second)).toBe('2 {"id":"b","raw":"a"}')
})
