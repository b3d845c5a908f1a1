import { randomFillSync } from 'node:crypto'
import {
  type ParquetColumn,
  type ParquetPage,
  parquetFile,
  plainTexts,
  sameLevels,
  varint,
} from './parquet-file.ts'

/** A page of vectors as DuckDB writes them, up to 100 MB: floats that no codec makes smaller. */
function vectorPage(rows: number, dimensions: number): ParquetPage {
  const values = rows * dimensions
  const floats = Buffer.alloc(4 * values)
  // Each between 1 and 2.
  randomFillSync(floats)
  for (let i = 3; i < floats.length; i += 4) {
    floats[i] = 0x3f
    floats[i - 1] = (floats[i - 1] ?? 0) | 0x80
  }
  const row = Buffer.concat([varint(2), Buffer.of(0), varint(2 * (dimensions - 1)), Buffer.of(1)])
  const repetitions = Buffer.concat(Array.from({ length: rows }, () => row))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(repetitions.length)
  return { bytes: Buffer.concat([length, repetitions, sameLevels(1, values), floats]), values }
}

/** Users that each have an id and a vector, in one row group. */
export function vectorFile(pages: number, rows: number, dimensions: number, codec: number): Buffer {
  const page = vectorPage(rows, dimensions)
  const ids = Array.from({ length: pages * rows }, (_, i) => `user-${i}`)
  const columns: ParquetColumn[] = [
    {
      name: 'id',
      type: 'BYTE_ARRAY',
      isRequired: true,
      pages: [{ bytes: plainTexts(ids), values: ids.length }],
    },
    {
      name: 'vector_embedding',
      type: 'FLOAT',
      isList: true,
      codec,
      pages: Array.from({ length: pages }, () => page),
    },
  ]
  return parquetFile(columns, pages * rows)
}
