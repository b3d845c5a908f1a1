import { type DataPage, openDataPage } from './data-page.ts'
import type { ColumnChunk } from './file-metadata.ts'
import { malformed } from './malformed.ts'
import type { PageHeader } from './page-header.ts'
import type { PageMemory } from './page-memory.ts'
import type { PageStream } from './page-stream.ts'
import { type Dictionary, dictionaryOf, type Value } from './plain-values.ts'
import { isBeyond, type RowBudget } from './row-budget.ts'
import type { Leaf } from './schema.ts'
import { unpackerOf } from './unpack.ts'

/** The levels and values of one leaf in the row that is read: a repetition and a definition for each level, and the values without nulls. */
export interface LeafRow {
  repetitions: number[]
  definitions: number[]
  values: Value[]
  levelCount: number
  valueCount: number
  /** How far the writer of the document is. */
  level: number
  value: number
}

/** The rows of one leaf in a row group. The page that they are in is decoded as far as the rows are read. */
export interface LeafRows {
  row: LeafRow
  /** Reads the next row into `row`. False: the next page is needed, so call `announce`, `open` and this again. */
  readRow(): boolean
  /** Fetches the next page and counts its memory. */
  announce(): Promise<void>
  /** Unpacks it. */
  open(): Promise<void>
  /** Throws AppError FILE_MALFORMED when there are more rows. */
  end(): Promise<void>
}

function byteLength(value: Value | undefined): number {
  return Buffer.isBuffer(value) ? value.length : 0
}

/** Values are taken from the page by as many, so that a row beyond its limits takes no more. */
const VALUES_AT_ONCE = 4096
/** A decimal, a UUID or a time may be shorter as text than it is here. */
const SHORT_BYTES = 256

export function leafRows(
  leaf: Leaf,
  chunk: ColumnChunk,
  pages: PageStream,
  memory: PageMemory,
  budget: RowBudget,
): LeafRows {
  const unpack = unpackerOf(chunk.codec)
  const { maxRepetition, maxDefinition } = leaf
  const isBytes = leaf.type === 'BYTE_ARRAY' || leaf.length > SHORT_BYTES
  let page: DataPage | undefined
  let pageBytes = 0
  let levelsLeft = 0
  let dictionary: Dictionary | undefined
  let announced: PageHeader | undefined
  let isEnd = false
  let isRowWhole = true
  /** The repetition level of the next row, which shows that the row before it has ended. */
  let isNextBegun = false
  /** Values of this row that are still to be taken from the page. */
  let pending = 0
  /** The first values of this row, which are not in the memory of a page. */
  let ownValues = 0
  const row: LeafRow = {
    repetitions: [],
    definitions: [],
    values: [],
    levelCount: 0,
    valueCount: 0,
    level: 0,
    value: 0,
  }

  function readRow(): boolean {
    if (isRowWhole) {
      row.levelCount = 0
      row.valueCount = 0
      ownValues = 0
      isRowWhole = false
    }
    while (!isRowWhole) {
      if (levelsLeft === 0 || page === undefined) {
        if (page !== undefined) takeValues(page)
        if (!isEnd) return false
        if (row.levelCount === 0) throw malformed('as many rows in every column as the file says')
        isRowWhole = true
      } else readLevel(page)
    }
    return true
  }

  function readLevel(from: DataPage): void {
    const repetition = isNextBegun ? 0 : from.repetitions.next()
    isNextBegun = false
    if (repetition > maxRepetition || (repetition > 0 && row.levelCount === 0)) {
      throw malformed('levels of repetition that the schema has')
    }
    if (repetition === 0 && row.levelCount > 0) {
      isNextBegun = true
      finishRow(from)
      return
    }
    const definition = from.definitions.next()
    if (definition > maxDefinition) throw malformed('levels of definition that the schema has')
    levelsLeft--
    // The first level stays, so that a row beyond its limits is still a row.
    if (budget.levels-- > 0 || row.levelCount === 0) {
      row.repetitions[row.levelCount] = repetition
      row.definitions[row.levelCount++] = definition
    }
    if (definition === maxDefinition && ++pending === VALUES_AT_ONCE) takeValues(from)
    if (maxRepetition === 0) finishRow(from)
  }

  function finishRow(from: DataPage): void {
    takeValues(from)
    isRowWhole = true
  }

  function takeValues({ values }: DataPage): void {
    if (pending === 0) return
    values.read(row.values, row.valueCount, pending)
    if (isBytes) {
      for (let i = 0; i < pending; i++) budget.bytes -= byteLength(row.values[row.valueCount + i])
    }
    if (!isBeyond(budget)) row.valueCount += pending
    pending = 0
  }

  /** A row may go on in the next page. A text of it would keep this page in memory. */
  function closePage(): void {
    row.values.length = row.valueCount
    for (; ownValues < row.valueCount; ownValues++) {
      const value = row.values[ownValues]
      if (Buffer.isBuffer(value)) row.values[ownValues] = Buffer.from(value)
    }
    memory.release(pageBytes)
    pageBytes = 0
    page = undefined
  }

  async function announce(): Promise<void> {
    if (page !== undefined) closePage()
    announced = await pages.announce()
    isEnd = announced === undefined
  }

  async function open(): Promise<void> {
    if (announced === undefined) return
    const header = announced
    const body = await pages.body()
    announced = undefined
    if (header.type === 'INDEX_PAGE') memory.release(header.unpackedBytes)
    else if (header.type === 'DICTIONARY_PAGE') openDictionary(header, body)
    else {
      pageBytes = header.unpackedBytes
      page = openDataPage(leaf, header, body, { unpack, dictionary, budget })
      levelsLeft = page.count
    }
  }

  function openDictionary({ unpackedBytes, values }: PageHeader, body: Buffer): void {
    if (dictionary !== undefined) throw malformed('one dictionary in a column of a row group')
    // Its texts have different lengths, and their ends are kept.
    if (leaf.type === 'BYTE_ARRAY') memory.hold(Math.min(unpackedBytes, 4 * values))
    dictionary = dictionaryOf(leaf, unpack(body, unpackedBytes), values)
  }

  async function end(): Promise<void> {
    while (!isEnd && levelsLeft === 0) {
      await announce()
      await open()
    }
    if (levelsLeft > 0) throw malformed('as many rows in every column as the file says')
  }

  return { row, readRow, announce, open, end }
}
