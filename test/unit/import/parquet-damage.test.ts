import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, it } from 'vitest'
import { readDelta, readDeltaTexts } from '../../../lib/import/formats/parquet/parquet-delta.ts'
import { readRuns } from '../../../lib/import/formats/parquet/parquet-runs.ts'
import { soberView } from '../../../lib/import/formats/parquet/parquet-thrift.ts'
import { expectRowsOrFault, largeFiles, tinyFiles } from '../../support/bit-flips.ts'
import { seeded, testSeed } from '../../support/random.ts'
import { contentOf, readAll, readerOf } from '../../support/records.ts'

const malformed = expect.objectContaining({ code: 'FILE_MALFORMED' })
const thriftOf = (...bytes: number[]) => ({ view: new DataView(Uint8Array.from(bytes).buffer), offset: 0 })

describe('runs of numbers', () => {
  const read = (bytes: number[], count: number, max = 3) => readRuns(Uint8Array.from(bytes), 2, count, max)

  it('are repeated ones and packed ones, and padding behind the last', () => {
    expect(read([10, 1], 5)).toEqual([1, 1, 1, 1, 1])
    expect(read([3, 0b11100100, 0b00011011], 8)).toEqual([0, 1, 2, 3, 3, 2, 1, 0])
    expect(read([3, 0b11100100], 3)).toEqual([0, 1, 2])
    expect(read([4, 1, 3, 0b10], 3)).toEqual([1, 1, 2])
    expect(readRuns(Uint8Array.of(3, 1, 2, 3, 4, 5, 6, 7, 8, 9), 9, 2, 511)).toEqual([1, 385])
    expect(readRuns(new Uint8Array(), 0, 3, 0)).toEqual([0, 0, 0])
  })

  it.each([
    ['that reach behind the page', [0xfe, 0xff, 0xff, 0xff, 0x0f, 1], 5],
    ['that end before it does', [4, 1], 5],
    ['that end within it', [3, 0], 8],
    ['of a length without an end', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 8],
    ['of numbers that mean nothing', [10, 3], 5, 2],
  ])('%s are malformed', (_, bytes, count, max = 3) => {
    expect(() => read(bytes, count, max)).toThrow(malformed)
  })

  it('of more bits than any dictionary needs are malformed', () => {
    expect(() => readRuns(Uint8Array.of(3, 1), 32, 8, 3)).toThrow(malformed)
  })
})

describe('deltas', () => {
  it.each([
    ['a number of a million bytes', [128, 1, 4, 2, 0, ...Array.from({ length: 99 }, () => 0xff)]],
    ['two thousand million little blocks', [128, 1, 0xff, 0xff, 0xff, 0xff, 7, 2, 0, 0]],
    ['blocks of no values', [0, 4, 2, 0, 0]],
    ['another number of values', [128, 1, 4, 3, 0, 0, 0, 0, 0, 0]],
  ])('of %s are malformed', (_, bytes) => {
    expect(() => readDelta(thriftOf(...bytes), new BigInt64Array(2))).toThrow(malformed)
  })

  it('may make a text of the one before, but only of what that has', () => {
    const suffixes = [128, 1, 4, 2, 4, 1, 0, 0, 0, 0]
    const texts = (second: number) =>
      readDeltaTexts(thriftOf(...suffixes, 97, 98, 99), Int32Array.of(0, second))
    expect(texts(2).map((text) => Buffer.from(text).toString())).toEqual(['ab', 'abc'])
    expect(() => texts(3)).toThrow(malformed)
    expect(() => texts(2 ** 31 - 1)).toThrow(malformed)
  })
})

describe('a Parquet file', () => {
  it('has no number of a million bytes in its headers', () => {
    const view = soberView(new Uint8Array(100).fill(0xff))
    expect(() => Array.from({ length: 100 }, (_, at) => view.getUint8(at))).toThrow(malformed)
  })

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
