import { type FileMetaData, parquetMetadata } from 'hyparquet'
import { deserializeTCompactProtocol, readVarInt } from 'hyparquet/src/thrift.js'
import { AppError } from '../../../errors.ts'
import type { ObjectContent } from '../raw-record.ts'
import { decoded } from './parquet-decoded.ts'
import { soberView } from './parquet-thrift.ts'

const MAGIC = Buffer.from('PAR1')
/** The footer's length, and the magic number again. */
const TAIL_BYTES = 8
/** It is held at once, and grows with columns times row groups. */
const MAX_FOOTER_BYTES = 16 * 1024 ** 2
/** Putting a row together takes their number squared: 1.5 s for 10,000, and no end within 95 s for 100,000. */
const MAX_COLUMNS = 4096

/**
 * What a Parquet file says of itself at its end, without which nothing of it can be read.
 *
 * @throws AppError FILE_MALFORMED, FILE_TRUNCATED, FILE_TOO_LARGE, and what is wrong with S3
 */
export async function readFooter({ size, slice }: ObjectContent): Promise<FileMetaData> {
  const head = await slice(0, Math.min(size, MAGIC.length))
  if (!head.equals(MAGIC))
    throw new AppError('FILE_MALFORMED', 'Expected a Parquet file, which begins with PAR1')
  const tail = await slice(Math.max(0, size - TAIL_BYTES), size)
  if (size < MAGIC.length + TAIL_BYTES || !tail.subarray(4).equals(MAGIC)) {
    throw new AppError('FILE_TRUNCATED', 'Expected PAR1 at the end of the file')
  }
  const length = tail.readUInt32LE(0)
  if (length > MAX_FOOTER_BYTES) {
    throw new AppError(
      'FILE_TOO_LARGE',
      `Expected a footer of at most ${MAX_FOOTER_BYTES} bytes, got ${length}`,
    )
  }
  const from = size - TAIL_BYTES - length
  if (from < MAGIC.length) throw new AppError('FILE_MALFORMED', `Expected the footer within the file`)
  const footer = await slice(from, size)
  return decoded(() => {
    const view = soberView(footer)
    assertFewColumns(view)
    deserializeTCompactProtocol({ view, offset: 0 })
    return parquetMetadata(Uint8Array.from(footer).buffer, { geoparquet: false })
  })
}

/** Thrift, as every writer puts it: field 1 is the version, field 2 the schema, a list of the root and what is in it. */
const [FIELD_INTEGER, FIELD_LIST, OF_STRUCTS, LONG_LIST] = [0x15, 0x19, 0x0c, 0xf0]

/** Before any of them is held. Lists and objects count, with what is in them. */
function assertFewColumns(view: DataView): void {
  const reader = { view, offset: 0 }
  const next = () => view.getUint8(reader.offset++)
  const isVersion = next() === FIELD_INTEGER
  readVarInt(reader)
  const isSchema = isVersion && next() === FIELD_LIST
  const head = next()
  if (!isSchema || (head & 0x0f) !== OF_STRUCTS) {
    throw new AppError('FILE_MALFORMED', 'Expected a footer that begins with a version and a schema')
  }
  const elements = head >= LONG_LIST ? readVarInt(reader) : head >> 4
  if (elements - 1 <= MAX_COLUMNS) return
  throw new AppError('FILE_TOO_LARGE', `Expected at most ${MAX_COLUMNS} columns, got ${elements - 1}`)
}
