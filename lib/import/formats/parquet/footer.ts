import { AppError } from '../../../errors.ts'
import type { ObjectContent } from '../raw-record.ts'
import { type FileMetadata, fileMetadataOf } from './file-metadata.ts'
import { malformed, tooLarge } from './malformed.ts'

const MAGIC = Buffer.from('PAR1')
/** The footer of such a file is encrypted. */
const ENCRYPTED_MAGIC = Buffer.from('PARE')
/** The footer's length, and the magic number again. */
const TAIL_BYTES = 8
/** The footer is held at once, and grows with columns times row groups. */
const MAX_FOOTER_BYTES = 16 * 1024 ** 2

/**
 * Reads what a Parquet file says of itself at its end. Nothing of the file can be read without it.
 *
 * @throws AppError FILE_MALFORMED, FILE_TRUNCATED, FILE_TOO_LARGE, and the codes of S3
 */
export async function readFooter({ size, slice }: ObjectContent): Promise<FileMetadata> {
  const head = await slice(0, Math.min(size, MAGIC.length))
  if (head.equals(ENCRYPTED_MAGIC)) throw malformed('a Parquet file that is not encrypted')
  if (!head.equals(MAGIC)) throw malformed('a Parquet file, which begins with PAR1')
  const tail = await slice(Math.max(0, size - TAIL_BYTES), size)
  if (size < MAGIC.length + TAIL_BYTES || !tail.subarray(4).equals(MAGIC)) {
    throw new AppError('FILE_TRUNCATED', 'Expected PAR1 at the end of the file')
  }
  const length = tail.readUInt32LE(0)
  if (length > MAX_FOOTER_BYTES)
    throw tooLarge(`a footer of at most ${MAX_FOOTER_BYTES} bytes, got ${length}`)
  const from = size - TAIL_BYTES - length
  if (from < MAGIC.length) throw malformed('the footer within the file')
  return fileMetadataOf(await slice(from, size - TAIL_BYTES), size)
}
