import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, it } from 'vitest'
import { readFooter } from '../../../lib/import/formats/parquet/footer.ts'
import { pageMemory } from '../../../lib/import/formats/parquet/page-memory.ts'
import { pageStream } from '../../../lib/import/formats/parquet/page-stream.ts'
import { shortFloat32 } from '../../../lib/import/formats/parquet/short-float32.ts'
import type { RawRecord } from '../../../lib/import/formats/raw-record.ts'
import { seeded, testSeed } from '../../support/random.ts'
import { contentOf, readAll, readerOf, show } from '../../support/records.ts'

const fixture = (name: string) => readFileSync(new URL(`../../data/parquet/${name}`, import.meta.url))
const expected = fixture('rows.ndjson').toString().trim().split('\n')
const names = ['plain', 'snappy', 'gzip-v2', 'brotli', 'zstd-v2', 'split']
const read = readerOf('imports/users.parquet')

function documents(records: RawRecord[]): string[] {
  return records.map((record) => {
    if ('bytes' in record) return record.bytes.toString()
    throw new Error(`Expected a whole record, got ${show(record)}`)
  })
}

/** Floats are compared as floats. A price has more digits than a double, so it comes as text. */
function parsed(text: string) {
  const { vector_embedding, ...row } = JSON.parse(text)
  const price = row.price === undefined ? {} : { price: Number(row.price) }
  return { ...row, ...price, vector_embedding: vector_embedding.map(Math.fround) }
}

type Column = Parameters<typeof parquetWriteBuffer>[0]['columnData'][number]

/** A small file, and quick to write. */
function written(columnData: Column[]): Buffer {
  return Buffer.from(parquetWriteBuffer({ columnData }))
}

function writtenVectors(vectors: number[][]): Buffer {
  const schema: Parameters<typeof parquetWriteBuffer>[0]['schema'] = [
    { name: 'root', num_children: 1 },
    { name: 'v', repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', type: 'FLOAT', repetition_type: 'OPTIONAL' },
  ]
  const columnData = [{ name: 'v', data: vectors }]
  return Buffer.from(parquetWriteBuffer({ schema, columnData, rowGroupSize: 3, pageSize: 64 }))
}

describe('a Parquet file of pyarrow', () => {
  it.each(names)('gives the rows that were put into it: %s', async (name) => {
    const records = await readAll(read, contentOf(fixture(`${name}.parquet`)))
    const texts = documents(records)
    expect(texts.map(parsed)).toEqual(expected.map(parsed))
    expect(records.map(({ position }) => position)).toEqual(expected.map((_, i) => ({ row: i + 1 })))
    expect(texts[0]).toContain('"big":9007199254740993,"huge":18446744073709551615,')
    expect(texts[0]).toContain('"price":"12345678901234566.80","cents":0.3,')
    expect(texts[39]).toContain('"cents":-3.6,')
  })

  it('gives the rest behind each of its rows', async () => {
    const content = contentOf(fixture('snappy.parquet'))
    const all = await readAll(read, content)
    for (const [i, { next }] of all.entries())
      expect(await readAll(read, content, next)).toEqual(all.slice(i + 1))
  })

  it('is heard of while it is decoded up to where reading goes on', async () => {
    const data = Array.from({ length: 1_000 }, (_, i) => `user-${i}`)
    const file = written([{ name: 'id', data }])
    const batches: number[] = []
    for await (const batch of read(contentOf(file), { row: 1_000 })) batches.push(batch.length)
    // The first says what the format is.
    expect(batches).toEqual([1, 0, 0, 0, 1])
  })

  it('gives the same pages however few bytes are asked for at once', async () => {
    const content = contentOf(fixture('brotli.parquet'))
    const { groups, chunksOf } = await readFooter(content)
    const chunks = groups.flatMap(chunksOf)
    const pagesOf = async (chunk: (typeof chunks)[number], sliceBytes: number) => {
      const stream = pageStream(content, chunk, sliceBytes, pageMemory(content.size))
      const pages: unknown[] = []
      for (let header = await stream.announce(); header !== undefined; header = await stream.announce()) {
        pages.push(header, (await stream.body()).toString('base64'))
      }
      return pages
    }
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...chunks),
        fc.integer({ min: 1, max: 300 }),
        async (chunk, sliceBytes) => {
          expect(await pagesOf(chunk, sliceBytes)).toEqual(await pagesOf(chunk, 1e6))
        },
      ),
      { numRuns: 300 },
    )
  })

  it('that is cut anywhere has nothing to read', async () => {
    const file = fixture('plain.parquet')
    for (let length = 0; length < file.length; length += 97) {
      const found = await readAll(read, contentOf(file.subarray(0, length)))
      expect(found.map(show)).toEqual([expect.stringMatching(/^1 file FILE_(TRUNCATED|MALFORMED)$/)])
    }
  })

  it('with a page that does not match its checksum gives what came before, and says so', async () => {
    const file = fixture('brotli.parquet')
    const { groups, chunksOf } = await readFooter(contentOf(file))
    const { end } = groups.flatMap((group, i) => (i === 1 ? chunksOf(group).slice(0, 1) : []))[0] ?? {
      end: 0,
    }
    const broken = Buffer.from(file)
    broken.writeUInt8(broken.readUInt8(end - 60) ^ 1, end - 60)
    const found = (await readAll(read, contentOf(broken))).map(show)
    // The page with the last four rows of the second row group.
    expect(found).toHaveLength(29)
    expect(found.at(-1)).toBe('29 file FILE_MALFORMED')
  })
})

describe('a Parquet file', () => {
  it('has vectors bit by bit', async () => {
    const float = fc.float({ noNaN: true, noDefaultInfinity: true })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(float, { minLength: 1 }), { minLength: 1 }), async (vectors) => {
        const file = writtenVectors(vectors)
        const found = documents(await readAll(read, contentOf(file))).map((text) => JSON.parse(text).v)
        expect(found.map((vector) => Float32Array.from(vector))).toEqual(
          vectors.map((vector) => Float32Array.from(vector)),
        )
      }),
      { numRuns: 100 },
    )
  })

  it('has floats in few digits that are the same floats', async () => {
    const values = [0.1, 1e-45, -1e-45, 3.4028235e38, 16777217, 1 / 3, 123.456, 2 ** -126, 999.99994].map(
      Math.fround,
    )
    const file = writtenVectors([
      [...values, -0],
      [-0.1, 0.9],
    ])
    expect(documents(await readAll(read, contentOf(file)))).toEqual([
      '{"v":[0.1,1.40129846e-45,-1.40129846e-45,3.40282347e+38,16777216,0.33333334,123.456,1.17549435e-38,999.99994,-0]}',
      '{"v":[-0.1,0.9]}',
    ])
    const random = seeded(testSeed('FLOAT_SEED'))
    const [bits, float] = [new Uint32Array(1), new Float32Array(1)]
    for (let i = 0; i < 1_000_000; i++) {
      bits[0] = random.below(2 ** 32)
      const [any = 0] = new Float32Array(bits.buffer)
      float[0] = i % 2 === 0 ? any : random.between(-1, 1)
      const [value = 0] = float
      const short = shortFloat32(value)
      if (Number.isFinite(value) && !Object.is(Math.fround(short), value)) expect(short).toBe(value)
    }
  })

  it('has members of null for what JSON cannot say in a list, and numbers that no double can hold', async () => {
    const file = writtenVectors([[1, Number.NaN, Number.POSITIVE_INFINITY]])
    expect(documents(await readAll(read, contentOf(file)))).toEqual(['{"v":[1,null,1e999]}'])
  })

  it('with texts that are no UTF-8, or rows beyond the limit, has rejects, and goes on', async () => {
    const data = [Buffer.from('ok'), Buffer.from([0xff]), Buffer.alloc(200, 'x'), Buffer.from('fine')]
    const file = written([{ name: 'id', data, type: 'BYTE_ARRAY' }])
    const small = readerOf('a.parquet', { maxRecordBytes: 100 })
    expect((await readAll(small, contentOf(file))).map(show)).toEqual([
      '1 {"id":"ok"}',
      '2 RECORD_NOT_UTF8',
      '3 RECORD_TOO_LARGE',
      '4 {"id":"fine"}',
    ])
  })

  it('passes on what is wrong with S3', async () => {
    const content = contentOf(fixture('plain.parquet'))
    const broken = { ...content, slice: () => Promise.reject(new Error('S3 is away')) }
    await expect(readAll(read, broken)).rejects.toThrow('S3 is away')
  })
})
