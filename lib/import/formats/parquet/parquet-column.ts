import type { ColumnMetaData, DecodedArray, PageHeader, SchemaTree } from 'hyparquet'
import { parquetHeader } from 'hyparquet/src/column.js'
import { getMaxRepetitionLevel } from 'hyparquet/src/schema.js'
import { AppError } from '../../../errors.ts'
import type { ObjectContent } from '../raw-record.ts'
import { decoded } from './parquet-decoded.ts'
import { type ColumnDecoder, columnDecoder } from './parquet-decoder.ts'
import { readDictionary, readRows } from './parquet-page.ts'
import { assertBounded, assertFew, assertUndamaged, valuesOf } from './parquet-page-header.ts'
import { soberView } from './parquet-thrift.ts'

/** The values of one physical column in a row group, row by row. */
export interface ColumnRows {
  path: string[]
  /** The next so many. Throws FILE_MALFORMED when there are fewer. */
  take(count: number): Promise<unknown[]>
  /** Throws FILE_MALFORMED when there is another. */
  end(): Promise<void>
}

/** A page's header can hold the smallest and the greatest text of it. */
const HEADER_BYTES = [4096, 64 * 1024, 4 * 1024 ** 2]

/** @param sliceBytes how much to ask S3 for at once */
export function columnRows(
  content: ObjectContent,
  schema: SchemaTree,
  meta: ColumnMetaData,
  sliceBytes: number,
): ColumnRows {
  const pages = pageRows(content, columnDecoder(schema, meta), rangeOf(meta, content.size), sliceBytes)
  let page: DecodedArray = []
  let at = 0

  /** Goes on to the next row; false when there is none. */
  async function hasMore(): Promise<boolean> {
    while (at === page.length) {
      const { value } = await pages.next()
      if (value === undefined) return false
      page = value
      at = 0
    }
    return true
  }

  return {
    path: meta.path_in_schema,
    async take(count) {
      const rows: unknown[] = []
      while (rows.length < count) {
        if (!(await hasMore())) throw unevenColumns()
        for (; at < page.length && rows.length < count; at++) rows.push(page[at])
      }
      return rows
    },
    async end() {
      if (await hasMore()) throw unevenColumns()
    },
  }
}

function unevenColumns(): AppError {
  return new AppError('FILE_MALFORMED', 'Expected as many rows in every column as the file says')
}

/** What each page brings. The last row of a list may go on in the next page, so it comes with that. */
async function* pageRows(
  content: ObjectContent,
  decoder: ColumnDecoder,
  { start, end }: { start: number; end: number },
  sliceBytes: number,
): AsyncGenerator<DecodedArray, undefined, undefined> {
  const isList = getMaxRepetitionLevel(decoder.schemaPath) > 0
  let bytes = Buffer.alloc(0)
  let fetched = start
  let dictionary: DecodedArray | undefined
  let open: unknown[] = []
  let openValues = 0

  async function fill(count: number): Promise<boolean> {
    while (bytes.length < count && fetched < end) {
      const to = Math.min(end, fetched + Math.max(sliceBytes, count - bytes.length))
      bytes = Buffer.concat([bytes, await content.slice(fetched, to)])
      fetched = to
    }
    return bytes.length >= count
  }

  async function nextHeader(): Promise<PageHeader> {
    for (const size of HEADER_BYTES) {
      const isMore = (await fill(size)) || fetched < end
      const at = { view: soberView(bytes), offset: 0 }
      try {
        const header = parquetHeader(at)
        bytes = bytes.subarray(at.offset)
        return header
      } catch (cause) {
        if (!isMore) throw new AppError('FILE_MALFORMED', 'Expected the header of a page', { cause })
      }
    }
    throw new AppError('FILE_MALFORMED', 'Expected the header of a page')
  }

  while (await fill(1)) {
    const header = await nextHeader()
    assertBounded(header)
    const size = header.compressed_page_size
    if (!(await fill(size))) throw new AppError('FILE_MALFORMED', 'Expected the whole of a page')
    const packed = bytes.subarray(0, size)
    bytes = bytes.subarray(size)
    assertUndamaged(header, packed)
    if (header.type === 'DICTIONARY_PAGE') {
      dictionary = decoded(() => readDictionary(header, packed, decoder))
    } else if (valuesOf(header) > 0) {
      const rows = decoded(() => readRows(header, packed, decoder, dictionary, isList ? open : []))
      if (isList && Array.isArray(rows)) {
        openValues = rows.length > 1 ? valuesOf(header) : openValues + valuesOf(header)
        assertFew(openValues)
        open = rows.splice(-1)
      }
      yield rows
    }
  }
  yield open
  return undefined
}

function rangeOf(meta: ColumnMetaData, size: number): { start: number; end: number } {
  const start = Number(meta.dictionary_page_offset || meta.data_page_offset)
  const end = start + Number(meta.total_compressed_size)
  if (0 <= start && start <= end && end <= size) return { start, end }
  throw new AppError('FILE_MALFORMED', 'Expected every column within the file')
}
