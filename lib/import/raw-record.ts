import type { ErrorCode } from '../errors.ts'

/** Where a record begins: lines from 1, bytes from 0. */
export interface Position {
  line: number
  byteOffset: number
}

export interface Fault {
  code: ErrorCode
  message: string
}

/** A record's bytes, or why there are none to look at, or what is wrong with the file from here on. */
export type RawRecord = { position: Position } & ({ bytes: Buffer } | { fault: Fault } | { fileFault: Fault })

/** Cuts a stream into records, wherever its chunks begin and end. Pure, so that a test can cut as it likes. */
export interface Splitter {
  push(chunk: Buffer): RawRecord[]
  end(): RawRecord[]
}

export interface SplitterOptions {
  maxRecordBytes: number
}
