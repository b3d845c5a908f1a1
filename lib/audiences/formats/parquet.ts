import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import { AppError, kind } from '../../errors.ts'
import { rawText } from '../../storage/exact-json.ts'
import { asText, type Column, type Row } from './row.ts'

const ELEMENTS = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  integer: { type: 'INT32' },
  number: { type: 'DOUBLE' },
  boolean: { type: 'BOOLEAN' },
} as const

/** A row group for each batch, packed by Snappy; every column may be null. */
export async function* parquetFile(
  columns: readonly Column[],
  batches: AsyncIterable<readonly Row[]>,
): AsyncIterable<Uint8Array> {
  const writer = new ByteWriter()
  const file = new ParquetWriter({
    writer,
    schema: [
      { name: 'audience', num_children: columns.length },
      ...columns.map(({ name, type }) => ({
        name,
        repetition_type: 'OPTIONAL' as const,
        ...ELEMENTS[type],
      })),
    ],
    createdBy: 'lookalike',
  })
  for await (const rows of batches) {
    if (rows.length === 0) continue
    const columnData = columns.map((column, i) => ({
      name: column.name,
      data: rows.map((row) => parquetValue(row[i], column)),
    }))
    await file.write({ columnData, rowGroupSize: rows.length })
    yield take(writer)
  }
  await file.finish()
  yield take(writer)
}

/** The bytes since the last call. One buffer for all would grow to the size of the file. */
function take(writer: ByteWriter): Uint8Array {
  const bytes = writer.getBytes().slice()
  writer.index = 0
  return bytes
}

/** @throws AppError VALUE_INVALID for a list of numbers, of which a column of numbers has no form */
function parquetValue(value: unknown, { name, type }: Column): unknown {
  if (type === 'text') return asText(value)
  if (value === undefined || value === null) return null
  const digits = rawText(value)
  // A column of doubles has no more digits.
  if (type === 'number' && digits !== undefined) return Number(digits)
  if (typeof value === (type === 'boolean' ? 'boolean' : 'number')) return value
  const message = `Expected a ${type} in the column ${name}, got ${kind(value)}: take csv or ndjson, or leave the field out`
  throw new AppError('VALUE_INVALID', message)
}
