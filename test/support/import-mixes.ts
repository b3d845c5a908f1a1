import { gzipSync } from 'node:zlib'
import { parquetWriteBuffer } from 'hyparquet-writer'
import type { Random } from './random.ts'

/** A record that every format can say; what is left out is undefined. */
export interface MixedRecord {
  id?: string
  deleted?: boolean
  vector_embedding?: number[]
  /** Why it is a reject. */
  code?: 'ID_INVALID' | 'VECTOR_DIMENSIONS' | 'VECTOR_FORMAT' | 'VECTOR_ZERO'
}

/** Good and bad records, deletions, and ids that come again. */
export function mixOf(random: Random): MixedRecord[] {
  return Array.from({ length: random.below(60) }, () => {
    const id = `u${random.below(25)}`
    const vector_embedding = [random.between(0.1, 1), random.between(-1, 1), random.between(-1, 1)].map(
      Math.fround,
    )
    return random.oneOf<MixedRecord>([
      { id, vector_embedding },
      { id, vector_embedding },
      { id, vector_embedding },
      { id, deleted: true },
      { vector_embedding, code: 'ID_INVALID' },
      { id, vector_embedding: vector_embedding.slice(1), code: 'VECTOR_DIMENSIONS' },
      { id, vector_embedding: [0, 0, 0], code: 'VECTOR_ZERO' },
      { id, code: 'VECTOR_FORMAT' },
    ])
  })
}

/** What an import of a mix leaves: who is stored, with which vector, and what became of each record. */
export function outcomeOf(mix: readonly MixedRecord[]) {
  const users = new Map<string, number[]>()
  for (const { id, deleted, vector_embedding, code } of mix) {
    if (code !== undefined || id === undefined) continue
    if (deleted || vector_embedding === undefined) users.delete(id)
    else users.set(id, vector_embedding)
  }
  const codes = mix.flatMap(({ code }) => code ?? [])
  const deleted = mix.filter((record) => record.deleted).length
  return { users, codes, deleted, good: mix.length - codes.length - deleted }
}

const jsonOf = ({ code, ...record }: MixedRecord) => JSON.stringify(record)

/** By the ending of the file. */
export const ENCODERS: Record<string, (mix: readonly MixedRecord[]) => Buffer> = {
  '.ndjson': (mix) => Buffer.from(mix.map(jsonOf).join('\n')),
  '.json': (mix) => Buffer.from(`[${mix.map(jsonOf).join(',\n')}]`),
  '.csv': csvOf,
  '.parquet': (mix) => parquetOf(mix, { rowGroupSize: 7, pageSize: 64 }),
  '.ndjson.gz': (mix) => gzipSync(mix.map(jsonOf).join('\n')),
  '.csv.gz': (mix) => gzipSync(csvOf(mix)),
}

function csvOf(mix: readonly MixedRecord[]): Buffer {
  const rows = mix.map(({ id = '', deleted = '', vector_embedding: vector }) => {
    return `${id},${deleted},${vector === undefined ? '' : `"${JSON.stringify(vector)}"`}`
  })
  return Buffer.from(['id,deleted,vector_embedding', ...rows].join('\r\n'))
}

/** @param pieces rows in a group, and bytes in a page */
export function parquetOf(
  mix: readonly MixedRecord[],
  pieces: { rowGroupSize: number; pageSize: number },
): Buffer {
  return Buffer.from(
    parquetWriteBuffer({
      schema: [
        { name: 'root', num_children: 3 },
        { name: 'id', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
        { name: 'deleted', type: 'BOOLEAN', repetition_type: 'OPTIONAL' },
        { name: 'vector_embedding', repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        { name: 'element', type: 'FLOAT', repetition_type: 'REQUIRED' },
      ],
      columnData: [
        { name: 'id', data: mix.map(({ id }) => id) },
        { name: 'deleted', data: mix.map(({ deleted }) => deleted) },
        { name: 'vector_embedding', data: mix.map(({ vector_embedding }) => vector_embedding) },
      ],
      ...pieces,
    }),
  )
}
