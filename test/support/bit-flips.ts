import { readFileSync } from 'node:fs'
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { expect } from 'vitest'
import { contentOf, readAll, readerOf } from './records.ts'

export interface ParquetFile {
  name: string
  file: Buffer
  rows: number
}

const WRITTEN_BY_PYARROW = ['plain', 'snappy', 'gzip-v2', 'brotli', 'zstd-v2', 'split']
const CODECS = ['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'BROTLI', 'ZSTD'] as const

/** 40 rows of every type and encoding, 20 to 40 KB. */
export function largeFiles(): ParquetFile[] {
  return WRITTEN_BY_PYARROW.map((name) => ({
    name,
    file: readFileSync(new URL(`../data/parquet/${name}.parquet`, import.meta.url)),
    rows: 40,
  }))
}

/** Six rows in half a kilobyte: texts in a dictionary, numbers as deltas, and vectors of which one is missing. */
export function tinyFiles(): ParquetFile[] {
  const vectors = [[0.9, 0.7], [0.1, 0.2], null, [], [1, 0.5], [-0.5, 3]]
  return CODECS.map((codec) => ({
    name: `tiny ${codec}`,
    file: Buffer.from(
      parquetWriteBuffer({
        schema: [
          { name: 'root', num_children: 3 },
          { name: 'id', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
          { name: 'n', type: 'INT32', repetition_type: 'OPTIONAL' },
          { name: 'v', repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
          { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
          { name: 'element', type: 'FLOAT', repetition_type: 'OPTIONAL' },
        ],
        columnData: [
          { name: 'id', data: ['a', 'b', 'a', 'a', 'b', 'a'], encoding: 'RLE_DICTIONARY' },
          { name: 'n', data: [1, null, 3, 1000, 5, null], encoding: 'DELTA_BINARY_PACKED' },
          { name: 'v', data: vectors },
        ],
        codec,
        compressors: {
          GZIP: (bytes) => gzipSync(bytes),
          BROTLI: (bytes) => brotliCompressSync(bytes),
          ZSTD: (bytes) => zstdCompressSync(bytes),
        },
        statistics: false,
      }),
    ),
    rows: vectors.length,
  }))
}

/**
 * What a file with one wrong bit is: rows one after the other, which may say something else, for without a checksum
 * nobody can know; and either all of them, or at the end what is wrong with the file. Nothing is thrown.
 */
export async function expectRowsOrFault({ name, file, rows }: ParquetFile, bit: number): Promise<void> {
  const flipped = Buffer.from(file)
  flipped.writeUInt8(file.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
  const where = `bit ${bit} of ${name}`
  const found = await readAll(readerOf('imports/users.parquet'), contentOf(flipped)).catch((cause) => {
    throw new Error(`${where}: ${cause}`, { cause })
  })
  expect(
    found.map(({ position }) => position),
    where,
  ).toEqual(found.map((_, i) => ({ row: i + 1 })))
  const faults = found.flatMap((record) => ('fileFault' in record ? record.fileFault.code : []))
  expect(faults.length, where).toBeLessThanOrEqual(1)
  if (faults.length === 0) expect(found.length, where).toBe(rows)
  else expect(faults[0], where).toMatch(/^FILE_(MALFORMED|TRUNCATED|TOO_LARGE)$/)
}
