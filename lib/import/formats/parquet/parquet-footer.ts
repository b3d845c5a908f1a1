import { type FileMetaData, parquetMetadata } from 'hyparquet'
import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js'
import { AppError } from '../../../errors.ts'
import type { ObjectContent } from '../raw-record.ts'
import { decoded } from './parquet-decoded.ts'
import { soberView } from './parquet-thrift.ts'

const MAGIC = Buffer.from('PAR1')
/** The footer's length, and the magic number again. */
const TAIL_BYTES = 8
/** It is held at once, and grows with columns times row groups. */
const MAX_FOOTER_BYTES = 16 * 1024 ** 2

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
    deserializeTCompactProtocol({ view: soberView(footer), offset: 0 })
    return parquetMetadata(Uint8Array.from(footer).buffer, { geoparquet: false })
  })
}
