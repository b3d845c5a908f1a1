import { deflateSync, gzipSync } from 'node:zlib'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, it } from 'vitest'
import { formatName } from '../../../lib/import/formats/file-format.ts'
import type { RawRecord } from '../../../lib/import/formats/raw-record.ts'
import { contentOf, readerOf, show } from '../../support/records.ts'

async function readWhole(
  key: string,
  file: string | Buffer,
  maxRecordBytes = 1024 * 1024,
): Promise<RawRecord[]> {
  const all: RawRecord[] = []
  const read = readerOf(key, { maxRecordBytes })
  for await (const batch of read(contentOf(Buffer.from(file)), undefined)) all.push(...batch)
  return all
}

const formatOf = async (key: string, file: string | Buffer, maxRecordBytes?: number) =>
  (await readWhole(key, file, maxRecordBytes)).flatMap((one) =>
    'format' in one ? formatName(one.format) : [],
  )[0]

const recordsOf = async (key: string, file: string | Buffer) =>
  (await readWhole(key, file)).filter((one) => !('format' in one)).map(show)

const NAMES = [
  'imports/part-00000-6f2e.c000',
  'imports/a.json',
  'imports/a.ndjson',
  'imports/a.csv',
  'imports/a.parquet',
  'imports/a.TXT',
]
const parquet = Buffer.from(parquetWriteBuffer({ columnData: [{ name: 'id', data: ['1'], type: 'STRING' }] }))

describe('whatever its name, a file is', () => {
  it.each([
    ['one object a line', '{"id":1}\n{"id":2}\n', 'NDJSON'],
    ['one object a line, with CRLF and a mark', '\ufeff{"id":1}\r\n{"id":2}\r\n', 'NDJSON'],
    ['one object a line, of which the first is broken', '{"id":1,"a":[}\n{"id":2}\n', 'NDJSON'],
    ['one object a line, of which the first lacks a quote', '{"id":"1}\n{"id":2}\n', 'NDJSON'],
    ['one object a line, of which the first lacks a bracket', '{"id":{"a":1}\n{"id":2}}\n', 'NDJSON'],
    ['objects over several lines', '{\n  "id": 1\n}\n{\n  "id": 2\n}\n', 'JSON'],
    ['objects over several lines with commas before', '{ "id": 1\n, "a": 2\n}\n', 'JSON'],
    ['objects without anything between', '{"id":1}{"id":2}', 'JSON'],
    ['objects with CR between', '{"id":1}\r{"id":2}\r', 'JSON'],
    ['a text sequence', '\x1e{"id":1}\n\x1e{"id":2}\n', 'JSON'],
    ['an array over lines', '[\n{"id":1},\n{"id":2}\n]\n', 'JSON'],
    ['an array', '[{"id":1},{"id":2}]', 'JSON'],
    ['CSV', 'a,id\n1,2\n', 'CSV'],
    ['CSV with CR', 'id,a\r1,2\r', 'CSV'],
    ['CSV with quotes and a mark', '\ufeff"user","a\nb"\n"1",2\n', 'CSV'],
    ['CSV without a row', 'id,labels', 'CSV'],
    ['CSV of one column', 'id\n1\n', 'CSV'],
    ['CSV with blank lines above', '\n\nid;a\n1;2\n', 'CSV'],
    ['Parquet', parquet, 'Parquet'],
  ])('%s', async (_, file, format) => {
    for (const name of NAMES) expect(await formatOf(name, file)).toBe(format)
    if (format === 'Parquet') return
    for (const name of NAMES) expect(await formatOf(name, gzipSync(file))).toBe(`${format}, gzip`)
  })

  it.each([
    ['one object', '{"id":1}', { '.ndjson': 'NDJSON', '.json': 'JSON', '': 'NDJSON' }],
    ['lines of arrays', '[1]\n[2]\n', { '.ndjson': 'NDJSON', '.json': 'JSON', '': 'JSON' }],
    ['an object that breaks off', '{"id":1', { '.ndjson': 'NDJSON', '.json': 'JSON', '': 'JSON' }],
    ['text in front of objects', 'x\n{"id":1}\n', { '.ndjson': 'NDJSON', '.json': 'JSON', '.csv': 'CSV' }],
    [
      'no byte',
      '',
      { '.ndjson': 'NDJSON', '.json': 'JSON', '.csv': 'CSV', '.parquet': 'Parquet', '': 'NDJSON' },
    ],
    ['blanks', '\n \n', { '.ndjson': 'NDJSON', '.json': 'JSON', '': 'NDJSON' }],
  ])('%s what its name says where both are possible', async (_, file, byEnding) => {
    const found = await Promise.all(
      Object.keys(byEnding).map((ending) => formatOf(`imports/a${ending}`, file)),
    )
    expect(found).toEqual(Object.values(byEnding))
  })

  it('what its first record says, however long that is', async () => {
    const long = `{"id":1,"a":"${'x'.repeat(200_000)}"}`
    expect(await formatOf('imports/a', `${long}${long}`)).toBe('JSON')
    expect(await formatOf('imports/a', `${long}\n${long}`)).toBe('NDJSON')
    expect(await formatOf('imports/a', gzipSync(`${long}${long}`))).toBe('JSON, gzip')
    expect(await formatOf('imports/a', `id,${'x'.repeat(200_000)}\n`)).toBe('CSV')
  })

  it('what so many bytes say as a record may have, when its first record has more', async () => {
    const long = `{"id":1,"a":"${'x'.repeat(200_000)}"}`
    expect(await formatOf('imports/a.ndjson', `${long}\n{"id":1}`, 1000)).toBe('NDJSON')
    expect(await formatOf('imports/a', `${long}{"id":1}`, 1000)).toBe('JSON')
  })
})

describe('the records of a file', () => {
  it('of Firehose are its objects, without a line break or an ending', async () => {
    expect(await recordsOf('imports/2026/11/28/03/shop-1-2026', '{"id":1}{"id":2}')).toEqual([
      '1:0 {"id":1}',
      '1:8 {"id":2}',
    ])
  })

  it('in lines are read from .json, too, and one broken line spoils no other', async () => {
    const file = '{"id":1,"a":NaN}\n{"id":2}\n'
    expect(await recordsOf('imports/bq-000000000000.json', file)).toEqual([
      '1:0 {"id":1,"a":NaN}',
      '2:17 {"id":2}',
    ])
  })

  it('of a text in Latin-1 are there, under one problem of the file', async () => {
    const file = Buffer.from('{"id":1,"descr":"vélo"}\n{"id":2}\n', 'latin1')
    const [, first, second, fault] = await readWhole('imports/a.ndjson', file)
    expect(fault).toMatchObject({
      fileFault: { code: 'FILE_UNSUPPORTED', message: expect.stringContaining('Latin-1') },
    })
    expect([first, second].every((one) => one !== undefined && 'bytes' in one)).toBe(true)
  })

  it('of UTF-8 with damage have no such problem', async () => {
    const file = Buffer.concat([
      Buffer.from('{"id":1,"descr":"vélo'),
      Buffer.from([0xff]),
      Buffer.from('"}\n{"id":2}\n'),
    ])
    expect((await recordsOf('imports/a.ndjson', file)).map((text) => text.slice(0, 4))).toEqual([
      '1:0 ',
      '2:26',
    ])
  })

  it('of UTF-8 have none wherever the first slice ends', async () => {
    for (let length = 65_530; length < 65_540; length++) {
      const file = `{"id":1,"a":"${'x'.repeat(length - 13)}ü€😀"}\n`
      expect(await recordsOf('imports/a.ndjson', file)).toHaveLength(1)
    }
  })
})

describe('a file that is not imported is named by its first bytes', () => {
  const latin1 = (text: string) => Buffer.from(text.padEnd(600, '\0'), 'latin1')
  it.each([
    ['UTF-16 (little-endian)', Buffer.from('\ufeff{"id":1}\n', 'utf16le')],
    ['UTF-16 (little-endian)', Buffer.from('{"id":1}\n', 'utf16le')],
    ['UTF-16 (big-endian)', Buffer.from('\ufeff{"id":1}\n', 'utf16le').swap16()],
    ['UTF-16 (big-endian)', Buffer.from('id,a\n1,2\n', 'utf16le').subarray(0, 16).swap16()],
    ['UTF-32 (little-endian)', Buffer.from('fffe00007b000000', 'hex')],
    ['UTF-32 (big-endian)', Buffer.from('0000007b00000022', 'hex')],
    ['an Excel workbook (.xlsx)', latin1('PK\x03\x04\x14\0\x06\0[Content_Types].xml')],
    [
      'a LibreOffice spreadsheet (.ods)',
      latin1('PK\x03\x04\x14\0mimetypeapplication/vnd.oasis.opendocument.spreadsheet'),
    ],
    ['NumPy arrays (.npz)', latin1('PK\x03\x04\x14\0vectors.npy')],
    ['a ZIP archive', latin1('PK\x03\x04\x14\0users.csv')],
    ['a ZIP archive', latin1('PK\x05\x06')],
    ['a tar archive', Buffer.concat([Buffer.from('users.csv'.padEnd(257, '\0')), latin1('ustar\0')])],
    ['Zstandard (.zst)', latin1('\x28\xb5\x2f\xfd')],
    ['Zstandard (.zst) or LZ4', latin1('\x50\x2a\x4d\x18')],
    ['bzip2 (.bz2)', latin1('BZh91AY&SY')],
    ['xz', latin1('\xfd7zXZ\0')],
    ['LZ4', latin1('\x04\x22\x4d\x18')],
    ['Snappy', latin1('\xff\x06\0\0sNaPpY')],
    ['zlib (deflate)', deflateSync('{"id":1}\n'.repeat(100))],
    ['an Excel workbook (.xls)', latin1('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1')],
    ['ORC', latin1('ORC\x12')],
    ['Avro', latin1('Obj\x01')],
    ['an Arrow file', latin1('ARROW1\0\0')],
    ['an SQLite database', latin1('SQLite format 3\0')],
    ['a Python pickle', latin1('\x80\x04\x95')],
    ['XML', Buffer.from('<?xml version="1.0"?><users/>')],
    ['HTML', Buffer.from('<!DOCTYPE html><html>')],
    [
      'a pointer of Git LFS, in place of the file',
      Buffer.from('version https://git-lfs.github.com/spec/v1\n'),
    ],
    ['other binary data', Buffer.from('8b0780010203ff00', 'hex')],
    ['other text', Buffer.from('Dear colleague,\nhere are the users\n')],
  ])('%s', async (name, file) => {
    for (const packed of [file, gzipSync(file)]) {
      const all = await readWhole('imports/users', packed)
      expect(all).toMatchObject([
        { fileFault: { code: 'FILE_UNSUPPORTED', message: expect.stringContaining(`got ${name}`) } },
      ])
    }
  })

  it('unless letters only look like them', async () => {
    expect(await formatOf('imports/a', 'ORCID,id\n1,2\n')).toBe('CSV')
    expect(await formatOf('imports/a', 'BZh91,id\n1,2\n')).toBe('CSV')
  })

  it('Parquet within gzip', async () => {
    expect(await recordsOf('imports/a.parquet.gz', gzipSync(parquet))).toEqual(['1:0 file FILE_UNSUPPORTED'])
  })
})
