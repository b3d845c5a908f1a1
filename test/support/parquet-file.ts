import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib'

/**
 * Puts a Parquet file together from pages of bytes. So a test can write what no writer does: older encodings, sizes
 * that are not true, pages of 100 MB in a moment.
 */
export function parquetFile(columns: readonly ParquetColumn[], rows: number): Buffer {
  const parts: Buffer[] = [Buffer.from('PAR1')]
  let at = 4
  const chunks = columns.map((column) => {
    const pages = column.pages.flatMap((page) => pageBytes(page, column.codec ?? CODECS.UNCOMPRESSED))
    const bytes = pages.reduce((total, { length }) => total + length, 0)
    const start = at
    parts.push(...pages)
    at += bytes
    return chunkFields(column, start, bytes)
  })
  const footer = struct([
    [1, i32(1)],
    [2, list(schemaElements(columns))],
    [3, i64(rows)],
    [
      4,
      list([
        struct([
          [1, list(chunks)],
          [2, i64(at)],
          [3, i64(rows)],
        ]),
      ]),
    ],
  ])
  const length = Buffer.alloc(4)
  length.writeUInt32LE(footer.bytes.length)
  return Buffer.concat([...parts, footer.bytes, length, Buffer.from('PAR1')])
}

export interface ParquetColumn {
  name: string
  type: keyof typeof TYPES
  /** Lists of the values, as `repeated`: the column has a repetition level and a definition level. */
  isList?: boolean
  /** Without a definition level. */
  isRequired?: boolean
  codec?: number
  length?: number
  converted?: number
  pages: readonly ParquetPage[]
}

export interface ParquetPage {
  /** Unpacked, with the levels. */
  bytes: Buffer
  values: number
  encoding?: number
  isDictionary?: boolean
  /** RLE if it is absent. */
  levelEncoding?: number
  /** The packed bytes, if the test packs them itself. */
  packed?: Buffer
  /** What the header says in place of the truth. */
  unpackedBytes?: number
}

export const TYPES = {
  BOOLEAN: 0,
  INT32: 1,
  INT64: 2,
  INT96: 3,
  FLOAT: 4,
  DOUBLE: 5,
  BYTE_ARRAY: 6,
  FIXED_LEN_BYTE_ARRAY: 7,
}
export const CODECS = {
  UNCOMPRESSED: 0,
  SNAPPY: 1,
  GZIP: 2,
  LZO: 3,
  BROTLI: 4,
  LZ4: 5,
  ZSTD: 6,
  LZ4_RAW: 7,
}
export const ENCODINGS = { PLAIN: 0, RLE: 3, BIT_PACKED: 4, RLE_DICTIONARY: 8, ALP: 10 }

/** Levels that are all the same, or, without a length, nothing. */
export function sameLevels(level: number, count: number): Buffer {
  const run = Buffer.concat([varint(count * 2), Buffer.of(level)])
  const length = Buffer.alloc(4)
  length.writeUInt32LE(run.length)
  return Buffer.concat([length, run])
}

/** Texts of a PLAIN page. */
export function plainTexts(texts: readonly string[]): Buffer {
  return Buffer.concat(
    texts.flatMap((text) => {
      const length = Buffer.alloc(4)
      length.writeUInt32LE(Buffer.byteLength(text))
      return [length, Buffer.from(text)]
    }),
  )
}

/** As Snappy packs what it finds no repetition in, in pieces of 64 KiB. */
export function snappyLiterals(bytes: Buffer): Buffer {
  const parts = [varint(bytes.length)]
  for (let at = 0; at < bytes.length; at += 65_536) {
    const literal = bytes.subarray(at, at + 65_536)
    const head = Buffer.of(61 << 2, 0, 0)
    head.writeUInt16LE(literal.length - 1, 1)
    parts.push(head, literal)
  }
  return Buffer.concat(parts)
}

const PACK: Readonly<Record<number, (bytes: Buffer) => Buffer>> = {
  [CODECS.SNAPPY]: snappyLiterals,
  [CODECS.GZIP]: (bytes) => gzipSync(bytes),
  [CODECS.BROTLI]: (bytes) => brotliCompressSync(bytes),
  [CODECS.ZSTD]: (bytes) => zstdCompressSync(bytes),
}

function pageBytes(page: ParquetPage, codec: number): Buffer[] {
  const {
    bytes,
    values,
    encoding = ENCODINGS.PLAIN,
    isDictionary = false,
    levelEncoding = ENCODINGS.RLE,
  } = page
  const packed = page.packed ?? PACK[codec]?.(bytes) ?? bytes
  const own = isDictionary
    ? struct([
        [1, i32(values)],
        [2, i32(encoding)],
      ])
    : struct([
        [1, i32(values)],
        [2, i32(encoding)],
        [3, i32(levelEncoding)],
        [4, i32(levelEncoding)],
      ])
  const header = struct([
    [1, i32(isDictionary ? 2 : 0)],
    [2, i32(page.unpackedBytes ?? bytes.length)],
    [3, i32(packed.length)],
    [isDictionary ? 7 : 5, own],
  ])
  return [header.bytes, packed]
}

function chunkFields({ name, type, codec = 0, pages }: ParquetColumn, start: number, bytes: number): Thrift {
  const values = pages.reduce((total, page) => total + page.values, 0)
  const metadata = struct([
    [1, i32(TYPES[type])],
    [2, list([i32(0)])],
    [3, list([text(name)])],
    [4, i32(codec)],
    [5, i64(values)],
    [6, i64(bytes)],
    [7, i64(bytes)],
    [9, i64(start)],
  ])
  return struct([
    [2, i64(start)],
    [3, metadata],
  ])
}

function schemaElements(columns: readonly ParquetColumn[]): Thrift[] {
  const root = struct([
    [4, text('root')],
    [5, i32(columns.length)],
  ])
  const leaves = columns.map(({ name, type, isList, isRequired, length, converted }) =>
    struct([
      [1, i32(TYPES[type])],
      ...(length === undefined ? [] : [[2, i32(length)] as const]),
      [3, i32(isList ? 2 : isRequired ? 0 : 1)],
      [4, text(name)],
      ...(converted === undefined ? [] : [[6, i32(converted)] as const]),
    ]),
  )
  return [root, ...leaves]
}

/** A value of Thrift's compact protocol, with the number of its type. */
interface Thrift {
  type: number
  bytes: Buffer
}

function struct(fields: readonly (readonly [id: number, value: Thrift])[]): Thrift {
  let before = 0
  const parts = fields.flatMap(([id, { type, bytes }]) => {
    const head = Buffer.of(((id - before) << 4) | type)
    before = id
    return [head, bytes]
  })
  return { type: 12, bytes: Buffer.concat([...parts, Buffer.of(0)]) }
}

function list(elements: readonly Thrift[]): Thrift {
  const head = Buffer.concat([Buffer.of(0xf0 | (elements[0]?.type ?? 12)), varint(elements.length)])
  return { type: 9, bytes: Buffer.concat([head, ...elements.map(({ bytes }) => bytes)]) }
}

const i32 = (value: number): Thrift => ({ type: 5, bytes: varint(value < 0 ? -2 * value - 1 : 2 * value) })
const i64 = (value: number): Thrift => ({ ...i32(value), type: 6 })

function text(value: string): Thrift {
  return { type: 8, bytes: Buffer.concat([varint(Buffer.byteLength(value)), Buffer.from(value)]) }
}

/** A number of Thrift or of a run. */
export function varint(value: number): Buffer {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest])
    bytes.push((rest % 128) | 128)
  }
}
