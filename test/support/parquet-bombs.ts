import { zstdCompressSync } from 'node:zlib'
import {
  CODECS,
  ENCODINGS,
  type ParquetColumn,
  type ParquetPage,
  parquetFile,
  plainTexts,
  sameLevels,
  varint,
} from './parquet-file.ts'
import type { Random } from './random.ts'

const MIB = 1024 ** 2

/** Zeros that pack to some thousand bytes. */
const zeros = new Map<number, Buffer>()
function packedZeros(bytes: number): Buffer {
  const packed = zeros.get(bytes) ?? zstdCompressSync(Buffer.alloc(bytes))
  zeros.set(bytes, packed)
  return packed
}

/** Many columns of which each page unpacks to much: real ones, so that a reader that unpacks them holds them all. */
function wideBomb(random: Random): Buffer {
  const bytes = (1 + random.below(8)) * 16 * MIB
  const columns = Array.from({ length: 1 + random.below(60) }, (_, i): ParquetColumn => {
    const pages = [{ bytes: Buffer.alloc(0), packed: packedZeros(bytes), values: 1, unpackedBytes: bytes }]
    return { name: `c${i}`, type: 'BYTE_ARRAY', isRequired: true, codec: CODECS.ZSTD, pages }
  })
  return parquetFile(columns, 1)
}

/** Pages that say to have far more values than bytes: nulls, empty lists, places in a dictionary of one long text. */
function countBomb(random: Random): Buffer {
  const count = 2 ** random.below(31)
  const text = 'x'.repeat(2 ** random.below(21))
  const dictionary: ParquetPage = { bytes: plainTexts([text]), values: 1, isDictionary: true }
  const places = Buffer.concat([Buffer.of(1), sameLevels(0, count).subarray(4)])
  const columns: ParquetColumn[] = [
    { name: 'nulls', type: 'INT32', pages: [{ bytes: sameLevels(0, count), values: count }] },
    {
      name: 'texts',
      type: 'BYTE_ARRAY',
      isRequired: true,
      pages: [dictionary, { bytes: places, values: count, encoding: ENCODINGS.RLE_DICTIONARY }],
    },
  ]
  return parquetFile(columns.slice(random.below(2)), random.below(4) === 0 ? 1 : count)
}

/** One row with a list that goes on over pages: of nulls, of texts, of numbers. */
function listBomb(random: Random): Buffer {
  const count = 2 ** (10 + random.below(16))
  const isText = random.below(2) === 0
  const page = (repetition: number): ParquetPage => {
    const bytes = 4 * count
    const values = Buffer.concat([sameLevels(repetition, count), sameLevels(1, count), Buffer.alloc(bytes)])
    return { bytes: values, values: count }
  }
  const type = isText ? 'BYTE_ARRAY' : 'INT32'
  const pages = [page(0), ...Array.from({ length: random.below(6) }, () => page(1))]
  return parquetFile([{ name: 'l', type, isList: true, codec: CODECS.ZSTD, pages }], count)
}

/** Texts that each repeat the whole text before them. */
function prefixBomb(random: Random): Buffer {
  const length = 2 ** (10 + random.below(13))
  const count = 2 ** (8 + random.below(12))
  const prefixes = differences(count, 0, length)
  const suffixes = differences(count, length, -length)
  const bytes = Buffer.concat([prefixes, suffixes, Buffer.alloc(length, 'x')])
  const pages = [{ bytes, values: count, encoding: 7 }]
  return parquetFile([{ name: 't', type: 'BYTE_ARRAY', isRequired: true, pages }], count)
}

/** DELTA_BINARY_PACKED: a number, then one that differs from it, then the same again and again. */
function differences(count: number, first: number, difference: number): Buffer {
  const zigzag = (value: number) => varint(value < 0 ? -2 * value - 1 : 2 * value)
  const smallest = Math.min(0, difference)
  const numbers = Buffer.alloc(128 * 3)
  for (let i = 0; i < 128; i++) numbers.writeUIntLE((i === 0 ? difference : 0) - smallest, i * 3, 3)
  const block = [zigzag(smallest), Buffer.alloc(4, 24), numbers]
  const rest = Array.from({ length: Math.ceil((count - 1) / 128) - 1 }, () => Buffer.alloc(5))
  return Buffer.concat([Buffer.of(0x80, 1, 4), varint(count), zigzag(first), ...block, ...rest])
}

/** A page whose header tells anything. */
function lie(random: Random): Buffer {
  const size = () => 2 ** random.below(32) - random.below(2)
  const page: ParquetPage = {
    bytes: Buffer.from(Array.from({ length: random.below(200) }, () => random.below(256))),
    values: Math.min(2 ** 31 - 1, size()),
    encoding: random.below(11),
    levelEncoding: random.oneOf([3, 4]),
    unpackedBytes: Math.min(2 ** 31 - 1, size()),
    isDictionary: random.below(4) === 0,
  }
  const type = random.oneOf(['BOOLEAN', 'INT32', 'INT64', 'FLOAT', 'BYTE_ARRAY'] as const)
  const column = {
    name: 'c',
    type,
    codec: random.below(8),
    isList: random.below(2) === 0,
    pages: [page, page],
  }
  return parquetFile([column], size())
}

/** A footer that ends with the start of many structures, or of one that goes on inward without an end. */
function footerBomb(random: Random): Buffer {
  const bytes = 1 + random.below(16 * MIB - 100)
  const fill = random.oneOf([0x00, 0x0c, 0x1c, 0x19, 0x2c, 0x29, 0xf9, 0x11])
  const list = Buffer.of(0x15, 2, 0x19, 0xfc, ...varint(bytes))
  const groups = Buffer.concat([parquetFooterHead(), Buffer.of(0x19, 0xfc, ...varint(bytes))])
  const head = random.below(2) === 0 ? list : groups
  const footer = Buffer.concat([head, Buffer.alloc(bytes, fill)])
  const length = Buffer.alloc(4)
  length.writeUInt32LE(footer.length)
  return Buffer.concat([Buffer.from('PAR1'), footer, length, Buffer.from('PAR1')])
}

/** Version, a schema of one column, a number of rows. */
function parquetFooterHead(): Buffer {
  const root = [0x48, 1, 114, 0x15, 2, 0]
  const leaf = [0x15, 2, 0x25, 0, 0x18, 1, 97, 0]
  return Buffer.from([0x15, 2, 0x19, 0x2c, ...root, ...leaf, 0x16, 2])
}

export const BOMBS = { wideBomb, countBomb, listBomb, prefixBomb, lie, footerBomb }
