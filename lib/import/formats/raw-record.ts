import type { IndexDefinition } from '../../definition.ts'
import type { ErrorCode } from '../../errors.ts'
import type { FileFormat } from './file-format.ts'

/** Where a record of a text begins: lines from 1, bytes from 0 (of the unpacked text, when the object is gzip). */
export interface TextPosition {
  line: number
  byteOffset: number
}

/** Where a record of a Parquet file is: rows from 1. */
export interface RowPosition {
  row: number
}

export type Position = TextPosition | RowPosition

/** After a record: where a later invocation reads on. Kept in Redis as JSON. */
export type ResumePoint = TextResumePoint | RowPosition

export interface TextResumePoint extends TextPosition {
  /** Those of a CSV's header. */
  columns?: string[]
  /** An object of a JSON file without an array is read, or cut off: no bracket of an array follows. */
  isBehindObject?: true
}

export interface Fault {
  code: ErrorCode
  message: string
}

/** Why a record is a reject before it is JSON; with its id and its member, where the reader knows them. */
export interface RecordFault extends Fault {
  id?: string
  path?: string
}

/**
 * A record's bytes, or why there are none to look at, or what is wrong with the file from here on, or what a person
 * should know of the file although it is imported, or what the file is.
 */
export type RawRecord = { position: Position; next: ResumePoint } & (
  | { bytes: Buffer }
  | { fault: RecordFault }
  | { fileFault: Fault }
  | { warning: string }
  | { format: FileFormat }
)

/** Cuts a text into records, wherever its chunks begin and end. Pure, so that a test can cut as it likes. */
export interface Splitter {
  push(chunk: Buffer): RawRecord[]
  end(): RawRecord[]
  /** In place of `end`, when the text is truncated and the reason is known. */
  cut(fault: Fault): RawRecord[]
}

export interface ReaderOptions {
  maxRecordBytes: number
  /** The definition that the records are checked by. A CSV takes from it which columns are numbers. */
  definition: IndexDefinition
}

export interface SplitterOptions extends ReaderOptions {
  /** A `next` of an earlier record of the same text: the first byte that is pushed is the one at its offset. */
  from?: TextResumePoint | undefined
  /** The separator of a CSV; a comma if it is absent. */
  delimiter?: string | undefined
}

/** An object's content, as a format's reader asks for it. Of one ETag: a replaced object throws OBJECT_REPLACED. */
export interface ObjectContent {
  size: number
  /** From a byte on, to the end, although a body may be cut or fall silent. */
  read(from: number): AsyncIterable<Buffer>
  slice(from: number, to: number): Promise<Buffer>
}

/**
 * The records from a point on: of the same object, or from its beginning. While it looks for that point it gives
 * batches without any, a sign of life. `known` is what an earlier reading has found the file to be.
 */
export type RecordReader = (
  content: ObjectContent,
  from?: ResumePoint,
  known?: FileFormat,
) => AsyncIterable<RawRecord[]>
