import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import type { ColumnMetaData, Compressors, ParquetParsers, SchemaTree } from 'hyparquet'
import type { readPage } from 'hyparquet/src/column.js'
import { getTreePath } from 'hyparquet/src/schema.js'
import { AppError } from '../errors.ts'
import { isDecimal } from './parquet-document.ts'

export type ColumnDecoder = Parameters<typeof readPage>[2]

/** How the pages of a column are decoded. */
export function columnDecoder(schema: SchemaTree, meta: ColumnMetaData): ColumnDecoder {
  const schemaPath = getTreePath(schema, meta.path_in_schema)
  const { element } = schemaPath.at(-1) ?? schema
  const { path_in_schema: pathInSchema, type, codec } = meta
  if (!CODECS.includes(codec)) {
    throw new AppError(
      'FILE_MALFORMED',
      `Expected pages packed with one of ${CODECS.join(', ')}, got ${codec}`,
    )
  }
  const decoder = { pathInSchema, type, codec, schemaPath, parsers, compressors }
  if (!isDecimal(element)) return { ...decoder, element }
  // The library would make a double of it: 0.1 * 3. Left alone, it comes as the whole number that is stored.
  const { converted_type, logical_type, ...plain } = element
  return { ...decoder, element: plain, utf8: false }
}

/** LZ4 is missing, which nothing writes without being asked to. */
const CODECS: readonly string[] = ['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'BROTLI', 'ZSTD']

/** Node has them; Snappy is the library's own. Each stops at the size that the page's header says. */
const compressors: Compressors = {
  GZIP: (input, maxOutputLength) => gunzipSync(input, { maxOutputLength }),
  BROTLI: (input, maxOutputLength) => brotliDecompressSync(input, { maxOutputLength }),
  ZSTD: (input, maxOutputLength) => zstdDecompressSync(input, { maxOutputLength }),
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
/** Marks bytes that are no UTF-8, which are one record's fault: no UTF-8 gives half of a surrogate pair. */
const NOT_UTF8 = '\ud800'

function textOf(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    return NOT_UTF8
  }
}

const parsers: ParquetParsers = {
  stringFromBytes: textOf,
  // Parsed, it would lose digits.
  jsonFromBytes: textOf,
  geometryFromBytes: textOf,
  geographyFromBytes: textOf,
  uuidFromBytes: (bytes) =>
    Buffer.from(bytes)
      .toString('hex')
      .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
  dateFromDays: (days) => new Date(days * 86_400_000).toISOString().slice(0, 10),
  timestampFromMilliseconds: (millis) => instant(millis, 3),
  timestampFromMicroseconds: (micros) => instant(micros, 6),
  timestampFromNanoseconds: (nanos) => instant(nanos, 9),
}

/** `2026-03-01T12:00:00.123456Z`: as many digits as the unit has. */
function instant(units: bigint, digits: number): string {
  const perSecond = 10n ** BigInt(digits)
  const fraction = ((units % perSecond) + perSecond) % perSecond
  const seconds = new Date(Number((units - fraction) / perSecond) * 1000)
    .toISOString()
    .slice(0, -'.000Z'.length)
  return `${seconds}.${String(fraction).padStart(digits, '0')}Z`
}
