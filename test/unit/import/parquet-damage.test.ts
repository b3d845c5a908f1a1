import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, it } from 'vitest'
import { deltaReader, endOfDeltas } from '../../../lib/import/formats/parquet/delta-reader.ts'
import { packedReader, runReader } from '../../../lib/import/formats/parquet/run-reader.ts'
import { decodeStruct, integer, list, struct } from '../../../lib/import/formats/parquet/thrift.ts'
import { thriftInput } from '../../../lib/import/formats/parquet/thrift-input.ts'
import { expectRowsOrFault, largeFiles, tinyFiles } from '../../support/bit-flips.ts'
import { seeded, testSeed } from '../../support/random.ts'
import { contentOf, readAll, readerOf } from '../../support/records.ts'

const malformed = expect.objectContaining({ code: 'FILE_MALFORMED' })

describe('runs of numbers', () => {
  const read = (bytes: number[], count: number, width = 2) => {
    const reader = runReader(Buffer.from(bytes), width)
    return Array.from({ length: count }, () => reader.next())
  }

  it('are repeated ones and packed ones, and padding behind the last', () => {
    expect(read([10, 1], 5)).toEqual([1, 1, 1, 1, 1])
    expect(read([3, 0b11100100, 0b00011011], 8)).toEqual([0, 1, 2, 3, 3, 2, 1, 0])
    expect(read([3, 0b11100100], 3)).toEqual([0, 1, 2])
    expect(read([4, 1, 3, 0b10], 3)).toEqual([1, 1, 2])
    expect(read([3, 1, 2, 3, 4, 5, 6, 7, 8, 9], 2, 9)).toEqual([1, 385])
    expect(read([], 3, 0)).toEqual([0, 0, 0])
    expect(read([2, 0xff, 0xff, 0xff, 0xff], 1, 32)).toEqual([2 ** 32 - 1])
  })

  it('cost nothing before they are read, whatever length they say', () => {
    expect(read([0xfe, 0xff, 0xff, 0xff, 0x0f, 1], 2)).toEqual([1, 1])
  })

  it.each([
    ['that end before the page does', [4, 1], 5],
    ['that end within it', [3, 0], 8],
    ['of a length without an end', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 8],
  ])('%s are malformed', (_, bytes, count) => {
    expect(() => read(bytes, count)).toThrow(malformed)
  })

  it('of more bits than any dictionary needs are malformed', () => {
    expect(() => runReader(Buffer.of(3, 1), 33)).toThrow(malformed)
  })

  it('are packed from the most significant bit on in the older encoding', () => {
    const reader = packedReader(Buffer.of(0b00011011, 0b11000000), 2)
    expect(Array.from({ length: 5 }, () => reader.next())).toEqual([0, 1, 2, 3, 3])
    reader.next()
    reader.next()
    reader.next()
    expect(() => reader.next()).toThrow(malformed)
  })
})

describe('differences', () => {
  it('make numbers of 64 bits', () => {
    // Blocks of 128 in 4 parts; 3 values, of which the first is 7 and the smallest difference -2, with 3 bits each.
    const reader = deltaReader(
      Buffer.of(0x80, 1, 4, 3, 14, 3, 3, 0, 0, 0, 0b00_101_000, ...new Array(11).fill(0)),
    )
    expect([reader.next(), reader.next(), reader.next()]).toEqual([7n, 5n, 8n])
    expect(() => reader.next()).toThrow(malformed)
  })

  it.each([
    ['a number of a million bytes', [128, 1, 4, 2, 0, ...Array.from({ length: 99 }, () => 0xff)]],
    ['two thousand million little blocks', [128, 1, 0xff, 0xff, 0xff, 0xff, 7, 2, 0, 0]],
    ['blocks of no values', [0, 4, 2, 0, 0]],
    ['values behind its end', [128, 1, 4, 3, 0, 0, 8, 0, 0, 0]],
  ])('of %s are malformed', (_, bytes) => {
    expect(() => {
      const reader = deltaReader(Buffer.from(bytes))
      endOfDeltas(Buffer.from(bytes), 0)
      reader.next()
      reader.next()
    }).toThrow(malformed)
  })
})

describe('structures', () => {
  const decode = (...bytes: number[]) =>
    decodeStruct(thriftInput(Buffer.from(bytes)), struct({ a: [1, integer], b: [3, list(integer)] }))

  it('have the fields that are asked for, and all others are passed', () => {
    expect(decode(0x15, 3, 0x18, 2, 120, 120, 0x19, 0x25, 2, 4, 0)).toEqual({ a: -2, b: [1, 2] })
    expect(decode(0x4b, 1, 0x81, 1, 120, 1, 0)).toEqual({})
  })

  it.each([
    ['end within a field', [0x15]],
    ['have a number of a million bytes', [0x15, ...new Array(100).fill(0xff)]],
    ['have a list that is longer than they are', [0x39, 0xf5, 0xff, 0xff, 0xff, 0x7f]],
    ['have a text that is longer than they are', [0x28, 0xff, 0xff, 0xff, 0x7f]],
    ['are nested without an end', new Array(1_000).fill(0x1c)],
    ['are lists of lists without an end', [0x29, ...new Array(1_000).fill(0x19)]],
    ['have a field of another type', [0x18, 1, 120, 0]],
    ['have a field of an unknown type', [0x2d, 0]],
  ])('that %s are malformed', (_, bytes) => {
    expect(() => decode(...bytes)).toThrow(malformed)
  })
})

describe('a Parquet file', () => {
  it.each([31_599, 55_378])(
    'has rows or a fault when bit %i makes a size or a checksum a number of 64 bits',
    async (bit) => {
      for (const damaged of largeFiles()) {
        if (damaged.name === 'snappy') await expectRowsOrFault(damaged, bit)
      }
    },
  )

  it('of more columns than any table of users has is too large, before its schema is read', async () => {
    const columnData = Array.from({ length: 5_000 }, (_, i) => ({ name: `c${i}`, data: [i] }))
    const file = Buffer.from(parquetWriteBuffer({ columnData, statistics: false }))
    const [record, ...others] = await readAll(readerOf('a.parquet'), contentOf(file))
    expect(record).toMatchObject({
      fileFault: { code: 'FILE_TOO_LARGE', message: 'Expected at most 4096 columns, got 5000' },
    })
    expect(others).toEqual([])
  })

  it('with one wrong bit has rows, or says what is wrong with it', async () => {
    const random = seeded(testSeed('FLIP_SEED'))
    for (const [files, samples] of [
      [tinyFiles(), 100],
      [largeFiles(), 5],
    ] as const) {
      for (const damaged of files) {
        for (let i = 0; i < samples; i++) {
          await expectRowsOrFault(damaged, random.below(damaged.file.length * 8))
        }
      }
    }
  })
})
