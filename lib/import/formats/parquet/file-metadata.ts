import { malformed, tooLarge } from './malformed.ts'
import type { Schema } from './schema.ts'
import { columnOf, schemaOf } from './schema.ts'
import { columnName, oneOf, physicalType, schemaElement } from './schema-element.ts'
import { binary, type Decode, decodeStruct, integer, list, listLength, present, struct } from './thrift.ts'
import { thriftInput } from './thrift-input.ts'

/** Users with more are no table. 4,096 columns of one page each are 4,096 requests to S3 for a row group. */
export const MAX_COLUMNS = 4096

const CODECS = ['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'LZO', 'BROTLI', 'LZ4', 'ZSTD', 'LZ4_RAW'] as const
export type Codec = (typeof CODECS)[number]

/** The footer's facts about the pages of one leaf in one row group. */
export interface ColumnChunk {
  codec: Codec
  start: number
  end: number
}

/** A row group. Its column chunks are decoded when its turn comes. */
export interface RowGroup {
  rows: number
  columns: number
  /** Where its structure begins in the footer. */
  place: number
}

export interface FileMetadata {
  schema: Schema
  rows: number
  groups: readonly RowGroup[]
  /** The chunks of a row group, one for each leaf, in the same order. */
  chunksOf(group: RowGroup): ColumnChunk[]
}

const columnMetadata = struct({
  type: [1, physicalType],
  path: [3, list(binary)],
  codec: [4, integer],
  packedBytes: [7, integer],
  dataPage: [9, integer],
  dictionaryPage: [11, integer],
})

const columnChunk = struct({
  filePath: [1, present],
  metadata: [3, columnMetadata],
  encryption: [8, present],
  encryptedMetadata: [9, present],
})

const groupHead = struct({ columns: [1, listLength], rows: [3, integer] })
const groupChunks = struct({ columns: [1, list(columnChunk)] })

/** Decoded at once they would be 275 MB for a footer of 16 MiB. */
const rowGroup: Decode<RowGroup> = (input, type) => {
  const { at } = input
  const { columns, rows } = groupHead(input, type)
  if (columns === undefined || rows === undefined || rows < 0)
    throw malformed('row groups with columns and rows')
  return { rows, columns, place: at }
}

const elements: Decode<ReturnType<typeof schemaElement>[]> = (input, type) => {
  const { at } = input
  const count = listLength(input, type) - 1
  if (count > MAX_COLUMNS) throw tooLarge(`at most ${MAX_COLUMNS} columns, got ${count}`)
  input.at = at
  return list(schemaElement)(input, type)
}

const fileMetadata = struct({ schema: [2, elements], rows: [3, integer], groups: [4, list(rowGroup)] })

/** @throws AppError FILE_MALFORMED, FILE_TOO_LARGE */
export function fileMetadataOf(footer: Buffer, fileBytes: number): FileMetadata {
  const { schema: schemaElements, rows, groups } = decodeStruct(thriftInput(footer), fileMetadata)
  if (schemaElements === undefined || rows === undefined || groups === undefined) {
    throw malformed('a footer with a schema, a number of rows and row groups')
  }
  const schema = schemaOf(schemaElements)
  const { leaves } = schema

  function chunksOf(group: RowGroup): ColumnChunk[] {
    if (group.columns !== leaves.length) throw malformed('every column in every row group')
    const { columns = [] } = decodeStruct(thriftInput(footer, group.place), groupChunks)
    return leaves.map((leaf, i) => {
      const { filePath, metadata, encryption, encryptedMetadata } = columns[i] ?? {}
      if (encryption || encryptedMetadata)
        throw malformed(`columns that are not encrypted (${columnOf(leaf)})`)
      if (filePath) throw malformed(`columns within the file, got one in another file (${columnOf(leaf)})`)
      const { type, path = [], codec, packedBytes = -1, dataPage = -1, dictionaryPage = 0 } = metadata ?? {}
      const name = path.map(columnName).join('.')
      if (codec === undefined || type !== leaf.type || name !== leaf.path.join('.')) {
        throw malformed(`columns in the order and of the types of the schema (${columnOf(leaf)})`)
      }
      // Some writers put the dictionary behind the data pages' offset, or say 0 when there is none.
      const start = dictionaryPage > 0 ? Math.min(dictionaryPage, dataPage) : dataPage
      const end = start + packedBytes
      if (!(0 <= start && start <= end && end <= fileBytes)) {
        throw malformed(`every column within the file (${columnOf(leaf)})`)
      }
      return { codec: oneOf(CODECS, codec, 'codec'), start, end }
    })
  }

  return { schema, rows, groups, chunksOf }
}
