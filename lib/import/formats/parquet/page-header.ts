import { crc32 } from 'node:zlib'
import { malformed, tooLarge } from './malformed.ts'
import { oneOf } from './schema-element.ts'
import { boolean, decodeStruct, integer, present, struct } from './thrift.ts'
import { thriftInput } from './thrift-input.ts'

/**
 * A page is held in memory, unpacked. DuckDB ends a page at 100 MB, and fastparquet at 500 MiB: it writes vectors as
 * JSON text, and a whole row group in one page.
 */
export const MAX_PAGE_BYTES = 512 * 1024 ** 2

const PAGE_TYPES = ['DATA_PAGE', 'INDEX_PAGE', 'DICTIONARY_PAGE', 'DATA_PAGE_V2'] as const

const ENCODINGS = [
  'PLAIN',
  'GROUP_VAR_INT',
  'PLAIN_DICTIONARY',
  'RLE',
  'BIT_PACKED',
  'DELTA_BINARY_PACKED',
  'DELTA_LENGTH_BYTE_ARRAY',
  'DELTA_BYTE_ARRAY',
  'RLE_DICTIONARY',
  'BYTE_STREAM_SPLIT',
  'ALP',
] as const
export type Encoding = (typeof ENCODINGS)[number]

export interface PageHeader {
  type: (typeof PAGE_TYPES)[number]
  packedBytes: number
  unpackedBytes: number
  checksum: number | undefined
  /** How many values the page has, with nulls. An index page has none. */
  values: number
  encoding: Encoding
  /** How a DATA_PAGE puts its levels. */
  definitionEncoding: Encoding
  repetitionEncoding: Encoding
  /** Of a DATA_PAGE_V2, which never packs its levels: how many bytes they take, and whether its values are packed. */
  repetitionBytes: number
  definitionBytes: number
  isPacked: boolean
}

const dataPage = struct({
  values: [1, integer],
  encoding: [2, integer],
  definitionEncoding: [3, integer],
  repetitionEncoding: [4, integer],
})

const dataPageV2 = struct({
  values: [1, integer],
  encoding: [4, integer],
  definitionBytes: [5, integer],
  repetitionBytes: [6, integer],
  isPacked: [7, boolean],
})

const pageHeader = struct({
  type: [1, integer],
  unpackedBytes: [2, integer],
  packedBytes: [3, integer],
  checksum: [4, integer],
  data: [5, dataPage],
  index: [6, present],
  dictionary: [7, struct({ values: [1, integer], encoding: [2, integer] })],
  dataV2: [8, dataPageV2],
})

/**
 * The header of a page, and where the page begins behind it.
 *
 * @throws AppError FILE_MALFORMED, also when the header does not end within the bytes; FILE_TOO_LARGE
 */
export function readPageHeader(bytes: Buffer): { header: PageHeader; end: number } {
  const input = thriftInput(bytes)
  const raw = decodeStruct(input, pageHeader)
  const { data, dictionary, dataV2 } = raw
  const type = oneOf(PAGE_TYPES, raw.type ?? -1, 'type of pages')
  const own: typeof dictionary = {
    DATA_PAGE: data,
    DATA_PAGE_V2: dataV2,
    DICTIONARY_PAGE: dictionary,
    INDEX_PAGE: {},
  }[type]
  if (own === undefined) throw malformed(`the header of a ${type}`)
  const encodingOf = (id = 0) => oneOf(ENCODINGS, id, 'encoding')
  const header = {
    type,
    packedBytes: raw.packedBytes ?? -1,
    unpackedBytes: raw.unpackedBytes ?? -1,
    checksum: raw.checksum,
    values: own.values ?? 0,
    encoding: encodingOf(own.encoding),
    definitionEncoding: encodingOf(data?.definitionEncoding ?? ENCODINGS.indexOf('RLE')),
    repetitionEncoding: encodingOf(data?.repetitionEncoding ?? ENCODINGS.indexOf('RLE')),
    repetitionBytes: dataV2?.repetitionBytes ?? 0,
    definitionBytes: dataV2?.definitionBytes ?? 0,
    isPacked: dataV2?.isPacked ?? true,
  }
  assertSizes(header)
  return { header, end: input.at }
}

function assertSizes({
  packedBytes,
  unpackedBytes,
  values,
  repetitionBytes,
  definitionBytes,
}: PageHeader): void {
  const sizes = [packedBytes, unpackedBytes, values, repetitionBytes, definitionBytes]
  if (sizes.some((size) => size < 0)) throw malformed('sizes of pages that are not negative')
  if (repetitionBytes + definitionBytes > Math.min(packedBytes, unpackedBytes)) {
    throw malformed('levels within their page')
  }
  const largest = Math.max(packedBytes, unpackedBytes)
  if (largest > MAX_PAGE_BYTES) {
    throw tooLarge(
      `pages of at most ${MAX_PAGE_BYTES} bytes, got one of ${largest}: write smaller row groups`,
    )
  }
}

export function assertUndamaged({ checksum }: PageHeader, bytes: Buffer): void {
  if (checksum === undefined || checksum >>> 0 === crc32(bytes)) return
  throw malformed('pages that match their checksums')
}
