import { Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import type { AudienceRequest } from '../audience-request.ts'
import { csvFile } from './csv.ts'
import { ndjsonFile } from './ndjson.ts'
import type { Column, Row } from './row.ts'

type Format = Pick<AudienceRequest, 'format' | 'gzip'>
type Encoder = (
  columns: readonly Column[],
  batches: AsyncIterable<readonly Row[]>,
) => AsyncIterable<Uint8Array>

const ENCODERS: Record<Format['format'], { encode: Encoder; contentType: string }> = {
  csv: { encode: csvFile, contentType: 'text/csv; charset=utf-8' },
  ndjson: { encode: ndjsonFile, contentType: 'application/x-ndjson' },
  parquet: { encode: parquetFile, contentType: 'application/vnd.apache.parquet' },
}

/** `csv`, `ndjson.gz`: what a file's name ends with. */
export function endingOf({ format, gzip }: Format): string {
  return gzip ? `${format}.gz` : format
}

export function contentTypeOf({ format, gzip }: Format): string {
  return gzip ? 'application/gzip' : ENCODERS[format].contentType
}

/** The file as a stream; the same rows give the same bytes. */
export function audienceFile(
  { format, gzip }: Format,
  columns: readonly Column[],
  batches: AsyncIterable<readonly Row[]>,
): AsyncIterable<Uint8Array> {
  const file = ENCODERS[format].encode(columns, batches)
  return gzip ? packed(file) : file
}

async function* packed(file: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const source = Readable.from(file)
  const gzip = createGzip()
  source.on('error', (error) => gzip.destroy(error))
  yield* source.pipe(gzip)
}

/** Loaded only when there is such a file: a cold start does without. */
async function* parquetFile(...args: Parameters<Encoder>): AsyncIterable<Uint8Array> {
  const { parquetFile: encode } = await import('./parquet.ts')
  yield* encode(...args)
}
