import { fileFaultOf } from '../file-fault.ts'
import type { ObjectContent, RawRecord, ReaderOptions, ResumePoint } from '../raw-record.ts'
import { documentWriter } from './document.ts'
import type { FileMetadata } from './file-metadata.ts'
import { readFooter } from './footer.ts'
import { groupRows } from './group-rows.ts'
import { malformed, tooLarge } from './malformed.ts'
import { pageMemory } from './page-memory.ts'
import { rowBudget } from './row-budget.ts'
import { rowRecord } from './row-record.ts'

/** One window of an import. */
const MAX_BATCH_ROWS = 256
const MAX_BATCH_BYTES = 4 * 1024 ** 2
/** A page of 100 bytes can say that it has two thousand million rows. Users have ids, which take more than that. */
const [MAX_FREE_ROWS, MAX_ROWS_PER_BYTE] = [1_000_000, 100]

/**
 * The rows of a Parquet file, each as the JSON document that its columns make.
 *
 * A page is kept unpacked and decoded row by row, so memory holds one page of each column, whatever the size of a row
 * group or the number of values in a page. To begin at a row, its row group is read from its beginning.
 */
export async function* readParquet(
  content: ObjectContent,
  options: ReaderOptions,
  from: ResumePoint | undefined,
): AsyncGenerator<RawRecord[], undefined, undefined> {
  const first = from !== undefined && 'row' in from ? from.row : 1
  const batch: RawRecord[] = []
  let row = first
  try {
    const metadata = await readFooter(content)
    assertFewRows(metadata, content.size)
    let batchBytes = 0
    for await (const record of records(content, metadata, options, first)) {
      // The caller gets a batch for rows that are passed, too.
      if (record !== undefined) {
        batch.push(record)
        row = 'row' in record.next ? record.next.row : row
        batchBytes += 'bytes' in record ? record.bytes.length : 0
        if (batch.length < MAX_BATCH_ROWS && batchBytes < MAX_BATCH_BYTES) continue
      }
      yield batch.splice(0)
      batchBytes = 0
    }
    yield batch
  } catch (error) {
    yield [...batch, { position: { row }, next: { row }, fileFault: fileFaultOf(error) }]
  }
  return undefined
}

/** The records from a row on; `undefined` now and then for rows before it. */
async function* records(
  content: ObjectContent,
  { schema, groups, chunksOf }: FileMetadata,
  { maxRecordBytes, definition }: ReaderOptions,
  first: number,
): AsyncGenerator<RawRecord | undefined, undefined, undefined> {
  const memory = pageMemory(content.size)
  let row = 1
  for (const group of groups) {
    const end = row + group.rows
    if (end <= first) {
      row = end
      continue
    }
    memory.clear()
    const budget = rowBudget(maxRecordBytes)
    const columns = groupRows(content, schema.leaves, chunksOf(group), memory, budget)
    const document = documentWriter(schema, columns.rows, definition)
    for (; row < end; row++) {
      Object.assign(budget, rowBudget(maxRecordBytes))
      if (!columns.tryNext()) await columns.next()
      if (row >= first) yield rowRecord(row, document, { budget, memory, maxRecordBytes })
      else if (row % MAX_BATCH_ROWS === 0) yield undefined
    }
    await columns.end()
  }
  return undefined
}

function assertFewRows({ rows, groups }: FileMetadata, fileBytes: number): void {
  const sum = groups.reduce((total, group) => total + group.rows, 0)
  if (sum !== rows) throw malformed(`${rows} rows in the row groups, got ${sum}`)
  const max = Math.max(MAX_FREE_ROWS, MAX_ROWS_PER_BYTE * fileBytes)
  if (rows > max) throw tooLarge(`at most ${max} rows in a file of ${fileBytes} bytes, got ${rows}`)
}
