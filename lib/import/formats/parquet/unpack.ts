import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import type { Codec } from './file-metadata.ts'
import { unpackLz4, unpackLz4Raw } from './lz4.ts'
import { malformed } from './malformed.ts'
import { damaged, unpackSnappy } from './snappy.ts'

/** Unpacks a page that has `size` bytes. */
type Unpack = (packed: Buffer, size: number) => Buffer

/** Node has three of them. */
const UNPACK: Partial<Record<Codec, Unpack>> = {
  UNCOMPRESSED: (packed) => packed,
  SNAPPY: unpackSnappy,
  GZIP: (packed, size) => gunzipSync(packed, bounds(size)),
  BROTLI: (packed, size) => brotliDecompressSync(packed, bounds(size)),
  ZSTD: (packed, size) => zstdDecompressSync(packed, bounds(size)),
  LZ4: unpackLz4,
  LZ4_RAW: unpackLz4Raw,
}

/** With one chunk for the whole page, Node does not copy it together. The end has to fit into the chunk, too. */
const bounds = (size: number) => ({ maxOutputLength: size, chunkSize: size + 64 })

/** @throws AppError FILE_MALFORMED for a codec that is not read; of a page that is not `size` bytes long */
export function unpackerOf(codec: Codec): Unpack {
  const unpack = UNPACK[codec]
  if (unpack === undefined) {
    throw malformed(`pages packed with one of ${Object.keys(UNPACK).join(', ')}, got ${codec}`)
  }
  return (packed, size) => {
    if (size === 0) return Buffer.alloc(0)
    const page = unpackOrThrow(unpack, packed, size)
    if (page.length !== size) throw damaged()
    return page
  }
}

/** Every error that Node throws here is about the bytes of the page. */
function unpackOrThrow(unpack: Unpack, packed: Buffer, size: number): Buffer {
  try {
    return unpack(packed, size)
  } catch (cause) {
    throw damaged(cause)
  }
}
