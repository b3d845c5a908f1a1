import { parquetSchema, type RowGroup, type SchemaTree } from 'hyparquet'
import { assembleNested } from 'hyparquet/src/assemble.js'
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js'
import { AppError } from '../../../errors.ts'
import { fileFaultOf } from '../file-fault.ts'
import type { ObjectContent, RawRecord, ReaderOptions, ResumePoint } from '../raw-record.ts'
import { type ColumnRows, columnRows } from './parquet-column.ts'
import { decoded } from './parquet-decoded.ts'
import { parquetDocument } from './parquet-document.ts'
import { readFooter } from './parquet-footer.ts'

/** One window of an import. */
const ROWS_AT_ONCE = 256
/** What all columns together ask S3 for at once, and what one does. */
const AHEAD_BYTES = 32 * 1024 ** 2
const [MIN_SLICE_BYTES, MAX_SLICE_BYTES] = [256 * 1024, 4 * 1024 ** 2]

/**
 * The rows of a Parquet file, each as the JSON document that its columns make. It is read page by page: a row group,
 * which the library would read as a whole, may hold a million rows. To begin at a row, its row group is read from its
 * beginning.
 */
export async function* readParquet(
  content: ObjectContent,
  { maxRecordBytes }: ReaderOptions,
  from: ResumePoint | undefined,
): AsyncGenerator<RawRecord[], undefined, undefined> {
  let row = from !== undefined && 'row' in from ? from.row : 1
  let records: RawRecord[] = []
  try {
    const metadata = await readFooter(content)
    const schema = decoded(() => parquetSchema(metadata))
    const toDocument = decoded(() => parquetDocument(schema))
    let groupEnd = 1
    for (const group of metadata.row_groups) {
      groupEnd += Number(group.num_rows)
      if (groupEnd <= row) continue
      const skip = row - (groupEnd - Number(group.num_rows))
      for await (const rows of groupRows(content, schema, group, skip)) {
        for (const values of rows) {
          const write = () => decoded(() => Buffer.from(toDocument(values)))
          records.push(toRecord(row, write, maxRecordBytes))
          row++
        }
        yield records
        records = []
      }
    }
    if (groupEnd - 1 !== Number(metadata.num_rows)) {
      throw new AppError('FILE_MALFORMED', `Expected ${metadata.num_rows} rows, got ${groupEnd - 1}`)
    }
  } catch (error) {
    yield [...records, { position: { row }, next: { row }, fileFault: fileFaultOf(error) }]
  }
  return undefined
}

function toRecord(row: number, write: () => Buffer, maxRecordBytes: number): RawRecord {
  const place = { position: { row }, next: { row: row + 1 } }
  try {
    const bytes = write()
    if (bytes.length <= maxRecordBytes) return { ...place, bytes }
    const message = `Expected a row of at most ${maxRecordBytes} bytes as JSON, got ${bytes.length}`
    return { ...place, fault: { code: 'RECORD_TOO_LARGE', message } }
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'RECORD_NOT_UTF8')) throw error
    return { ...place, fault: { code: error.code, message: error.message } }
  }
}

/** The rows of a group behind the first so many, some at a time: of each the values of its top-level columns. */
async function* groupRows(
  content: ObjectContent,
  schema: SchemaTree,
  group: RowGroup,
  skip: number,
): AsyncGenerator<unknown[][], undefined, undefined> {
  const sliceBytes = Math.min(MAX_SLICE_BYTES, Math.max(MIN_SLICE_BYTES, AHEAD_BYTES / group.columns.length))
  const columns = group.columns.map(({ meta_data }) => {
    if (meta_data === undefined)
      throw new AppError('FILE_MALFORMED', 'Expected columns that are not encrypted')
    return decoded(() => columnRows(content, schema, meta_data, sliceBytes))
  })
  for (let at = 0, total = Number(group.num_rows); at < total; ) {
    const count = Math.min(ROWS_AT_ONCE, (at < skip ? skip : total) - at)
    const parts = await Promise.all(columns.map(({ take }) => take(count)))
    at += count
    if (at <= skip) {
      yield []
      continue
    }
    const assembled = decoded(() => schema.children.map((child) => assemble(child, columns, parts)))
    yield Array.from({ length: count }, (_, i) => assembled.map((values) => values[i]))
  }
  for (const { end } of columns) await end()
  return undefined
}

/** Puts a top-level column together from its physical ones: the members of an object, the keys and values of a map. */
function assemble(
  child: SchemaTree,
  columns: readonly ColumnRows[],
  parts: readonly unknown[][],
): ArrayLike<unknown> {
  const { name } = child.element
  const own = columns.flatMap(({ path }, i) =>
    path[0] === name ? [[path.join('.'), parts[i] ?? []] as const] : [],
  )
  const values = new Map(own)
  if (child.children.length > 0) assembleNested(values, child, DEFAULT_PARSERS)
  const assembled = values.get(name)
  if (assembled !== undefined) return assembled
  throw new AppError('FILE_MALFORMED', 'Expected every column in every row group')
}
