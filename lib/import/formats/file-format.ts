export type TextFormat = 'NDJSON' | 'JSON' | 'CSV'
export type Format = TextFormat | 'Parquet'

/** What a file is. The ledger stores it as JSON, for the invocation that goes on reading. */
export interface FileFormat {
  format: Format
  /** What is between the cells of a CSV. */
  delimiter?: string
  /** How many times the text is packed with gzip. */
  packed: number
}

/** `CSV, gzip` */
export function formatName({ format, packed }: FileFormat): string {
  return [format, ...Array.from({ length: packed }, () => 'gzip')].join(', ')
}
