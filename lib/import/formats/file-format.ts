export type TextFormat = 'NDJSON' | 'JSON' | 'CSV'
export type Format = TextFormat | 'Parquet'

/** A file's format. The ledger stores it as JSON, for the invocation that continues to read. */
export interface FileFormat {
  format: Format
  /** The separator of a CSV. */
  delimiter?: string
  /** How many times the text is packed with gzip. */
  packed: number
}

/** `CSV, gzip` */
export function formatName({ format, packed }: FileFormat): string {
  return [format, ...Array.from({ length: packed }, () => 'gzip')].join(', ')
}
