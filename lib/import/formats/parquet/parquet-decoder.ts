import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import type { ColumnMetaData, ParquetParsers, SchemaTree } from 'hyparquet'
import type { convert } from 'hyparquet/src/convert.js'
import { getTreePath } from 'hyparquet/src/schema.js'
import { snappyUncompress } from 'hyparquet/src/snappy.js'
import { AppError } from '../../../errors.ts'
import { isDecimal } from './parquet-values.ts'

/** Unpacks a page, which has to have the size that its header says. */
type Unpack = (packed: Uint8Array, size: number) => Uint8Array

export interface ColumnDecoder extends LibraryDecoder {
  schemaPath: SchemaTree[]
  unpack: Unpack
}

type LibraryDecoder = Parameters<typeof convert>[1]

/** How the pages of a column are decoded. */
export function columnDecoder(schema: SchemaTree, meta: ColumnMetaData): ColumnDecoder {
  const schemaPath = getTreePath(schema, meta.path_in_schema)
  const { element, children } = schemaPath.at(-1) ?? schema
  const { path_in_schema: pathInSchema, type, codec } = meta
  if (children.length > 0 || element.type !== type) {
    throw new AppError('FILE_MALFORMED', 'Expected columns of the types that the schema says')
  }
  const decoder = { pathInSchema, type, codec, schemaPath, parsers, unpack: unpacker(codec) }
  if (!isDecimal(element)) return { ...decoder, element }
  // The library would make a double of it: 0.1 * 3. Left alone, it comes as the whole number that is stored.
  const { converted_type, logical_type, ...plain } = element
  return { ...decoder, element: plain, utf8: false }
}

/** Of one byte Snappy makes at most 22, and the others stop at the size, which is all that they are given. */
const SNAPPY_RATIO = 22

/** Node has them but for Snappy, which is the library's own. LZ4 is missing: nothing writes it without being asked to. */
const UNPACK: Record<string, Unpack> = {
  UNCOMPRESSED: (packed) => packed,
  SNAPPY(packed, size) {
    const bytes = new Uint8Array(Math.min(size, SNAPPY_RATIO * packed.length))
    snappyUncompress(packed, bytes)
    return bytes
  },
  GZIP: (packed, maxOutputLength) => gunzipSync(packed, { maxOutputLength }),
  BROTLI: (packed, maxOutputLength) => brotliDecompressSync(packed, { maxOutputLength }),
  ZSTD: (packed, maxOutputLength) => zstdDecompressSync(packed, { maxOutputLength }),
}

function unpacker(codec: string): Unpack {
  const unpack = UNPACK[codec]
  if (unpack === undefined) {
    const known = Object.keys(UNPACK).join(', ')
    throw new AppError('FILE_MALFORMED', `Expected pages packed with one of ${known}, got ${codec}`)
  }
  return (packed, size) => {
    // In memory of its own: a text that says to be longer than its page must not get what lies behind that.
    const bytes = new Uint8Array(size === 0 ? [] : unpack(packed, size))
    if (bytes.length === size) return bytes
    throw new AppError('FILE_MALFORMED', 'Expected pages to have the size that their headers say')
  }
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
