import { MAX_COLUMNS } from './file-metadata.ts'

/** The rest of a row's limits, over all leaves. A row beyond them is read to its end, but not kept. */
export interface RowBudget {
  levels: number
  /** Bytes of texts. */
  bytes: number
  /** Bytes of texts that repeat the one before them, which are copied. */
  copies: number
}

/** The most bytes of a row before it is written as JSON, where a component of a vector takes two bytes at least. */
export function rowBudget(maxRecordBytes: number): RowBudget {
  return { levels: 2 * maxRecordBytes + MAX_COLUMNS, bytes: maxRecordBytes, copies: maxRecordBytes }
}

/** True when a row is larger than it may be. */
export function isBeyond({ levels, bytes, copies }: RowBudget): boolean {
  return levels < 0 || bytes < 0 || copies < 0
}
