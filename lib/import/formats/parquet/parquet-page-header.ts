import { crc32 } from 'node:zlib'
import type { PageHeader } from 'hyparquet'
import { AppError } from '../../../errors.ts'

/** A page is held at once, packed and unpacked. Writers make pages of 1 MiB and 20,000 rows. */
const MAX_PAGE_BYTES = 64 * 1024 ** 2
const MAX_PAGE_VALUES = 4 * 1024 ** 2

/** None in an index page, and none in the empty page with which some writers end. */
export function valuesOf({
  data_page_header,
  data_page_header_v2,
  dictionary_page_header,
}: PageHeader): number {
  return (data_page_header ?? data_page_header_v2 ?? dictionary_page_header)?.num_values ?? 0
}

export function assertBounded(header: PageHeader): void {
  const { compressed_page_size: packed, uncompressed_page_size: unpacked } = header
  const values = valuesOf(header)
  // A wrong bit makes a number of another type, too: a bigint, a double, bytes.
  if (![packed, unpacked, values].every((size) => Number.isInteger(size) && size >= 0)) {
    throw new AppError('FILE_MALFORMED', 'Expected the sizes of a page as whole numbers')
  }
  if (packed > MAX_PAGE_BYTES || unpacked > MAX_PAGE_BYTES) throw tooLarge()
  assertFew(values)
}

/** The values of a page, or of a row that goes on in further ones. */
export function assertFew(values: number): void {
  if (values > MAX_PAGE_VALUES) throw tooLarge()
}

function tooLarge(): AppError {
  const limits = `${MAX_PAGE_BYTES} bytes and ${MAX_PAGE_VALUES} values`
  return new AppError('FILE_TOO_LARGE', `Expected pages and rows of at most ${limits}`)
}

export function assertUndamaged({ crc }: PageHeader, bytes: Buffer): void {
  if (crc === undefined || Number(crc) >>> 0 === crc32(bytes)) return
  throw new AppError('FILE_MALFORMED', 'Expected a page that matches its checksum')
}
