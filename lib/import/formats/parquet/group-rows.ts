import type { ObjectContent } from '../raw-record.ts'
import type { ColumnChunk } from './file-metadata.ts'
import { type LeafRow, type LeafRows, leafRows } from './leaf-rows.ts'
import { placed } from './malformed.ts'
import type { PageMemory } from './page-memory.ts'
import { pageStream } from './page-stream.ts'
import type { RowBudget } from './row-budget.ts'
import { columnOf, type Leaf } from './schema.ts'

/** The bytes that all columns together ask S3 for at once, and the bytes of one column. 4,096 columns take 256 MiB. */
const AHEAD_BYTES = 32 * 1024 ** 2
const [MIN_SLICE_BYTES, MAX_SLICE_BYTES] = [64 * 1024, 4 * 1024 ** 2]

/** The rows of a row group, of all leaves together. */
export interface GroupRows {
  rows: readonly LeafRow[]
  /** Reads the next row if no page is needed for it. */
  tryNext(): boolean
  /** Reads the next row. */
  next(): Promise<void>
  /** Throws AppError FILE_MALFORMED when there are more rows. */
  end(): Promise<void>
}

export function groupRows(
  content: ObjectContent,
  leaves: readonly Leaf[],
  chunks: readonly ColumnChunk[],
  memory: PageMemory,
  budget: RowBudget,
): GroupRows {
  const sliceBytes = Math.min(MAX_SLICE_BYTES, Math.max(MIN_SLICE_BYTES, AHEAD_BYTES / leaves.length))
  const columns = leaves.flatMap((leaf, i) => {
    const chunk = chunks[i]
    if (chunk === undefined) return []
    const pages = pageStream(content, chunk, Math.floor(sliceBytes), memory)
    return { leaf, ...at(leaf, () => leafRows(leaf, chunk, pages, memory, budget)) }
  })
  type Column = (typeof columns)[number]
  let waiting: Column[] = []

  const isRead = ({ leaf, readRow }: Column) => at(leaf, readRow)

  async function next(): Promise<void> {
    while (waiting.length > 0) {
      await Promise.all(waiting.map(({ leaf, announce }) => atLater(leaf, announce)))
      // One after the other: the packed bytes of a large page are in memory only until they are unpacked.
      for (const { leaf, open } of waiting) await atLater(leaf, open)
      waiting = waiting.filter((column) => !isRead(column))
    }
  }

  return {
    rows: columns.map(({ row }) => row),
    tryNext() {
      for (const column of columns) if (!isRead(column)) waiting.push(column)
      return waiting.length === 0
    },
    next,
    async end() {
      for (const { leaf, end } of columns) await atLater(leaf, end)
    },
  }
}

/** A fault of a column's pages names the column. */
function at<T>(leaf: Leaf, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw placed(error, columnOf(leaf))
  }
}

async function atLater(leaf: Leaf, read: LeafRows['announce']): Promise<void> {
  try {
    await read()
  } catch (error) {
    throw placed(error, columnOf(leaf))
  }
}
