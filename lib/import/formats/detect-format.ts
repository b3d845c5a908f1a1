import { AppError } from '../../errors.ts'
import { isBlank, withoutMark } from './blanks.ts'
import { csvDelimiter } from './csv-shape.ts'
import type { FileFormat, Format } from './file-format.ts'
import { jsonShape } from './json-shape.ts'
import { foreignFormat, isBinary } from './signatures.ts'
import { foreignEncoding } from './text-encoding.ts'

type Detected = Omit<FileFormat, 'packed'> | 'more'

const READ = 'NDJSON, JSON, CSV with a header row that has a column id or user, Parquet, or gzip of a text'
const [OPEN_ARRAY, OPEN_OBJECT, RECORD_SEPARATOR] = [0x5b, 0x7b, 0x1e]
const isBetweenValues = (byte: number) => isBlank(byte) || byte === RECORD_SEPARATOR

/** The format that the ending of a name stands for. Warehouses do not let people choose names, so it is only a hint. */
export function formatHint(key: string): Format | undefined {
  const [, ending] = /\.(ndjson|jsonl|json|csv|tsv|parquet)(?:\.gz|\.gzip)*$/i.exec(key) ?? []
  switch (ending?.toLowerCase()) {
    case 'ndjson':
    case 'jsonl':
      return 'NDJSON'
    case 'json':
      return 'JSON'
    case 'csv':
    case 'tsv':
      return 'CSV'
    default:
      return ending === undefined ? undefined : 'Parquet'
  }
}

/** Whether a file is gzip. Its name may not say so: Firehose and Content-Encoding leave it as it was. */
export function isGzip(head: Buffer): boolean {
  return head[0] === 0x1f && head[1] === 0x8b
}

/**
 * Detects a file's format by its first bytes, and by its name where they allow more than one.
 *
 * @returns 'more' when so few bytes do not tell
 * @throws AppError FILE_UNSUPPORTED that names what it is instead
 */
export function detectFormat(
  head: Buffer,
  { isWhole, hint }: { isWhole: boolean; hint: Format | undefined },
): Detected {
  const magic = head.toString('latin1', 0, 4)
  // The reader says of PARE that the file is encrypted.
  if (magic === 'PAR1' || magic === 'PARE') return { format: 'Parquet' }
  const foreign = foreignEncoding(head)
  if (foreign !== undefined) throw unsupported(`UTF-8, got ${foreign}: save the file as UTF-8`)
  const name = foreignFormat(head)
  if (name !== undefined) throw unsupported(`${READ}; got ${name}`)
  if (hint === 'Parquet' && isBinary(head)) return { format: 'Parquet' }
  return detectText(withoutMark(head), { isWhole, hint })
}

function detectText(
  text: Buffer,
  { isWhole, hint }: { isWhole: boolean; hint: Format | undefined },
): Detected {
  const at = text.findIndex((byte) => !isBetweenValues(byte))
  if (at === -1) return isWhole ? { format: hint ?? 'NDJSON' } : 'more'
  if (text[at] === OPEN_ARRAY || text[at] === OPEN_OBJECT) {
    if (text.subarray(0, at).includes(RECORD_SEPARATOR)) return { format: 'JSON' }
    const shape = jsonShape(text, { at, isWhole, hint: hint === 'Parquet' ? undefined : hint })
    return shape === 'more' ? 'more' : { format: shape }
  }
  const delimiter = csvDelimiter(text.subarray(at), isWhole)
  if (delimiter === 'more') return 'more'
  if (delimiter !== undefined) return { format: 'CSV', delimiter }
  if (hint !== undefined) return { format: hint }
  throw unsupported(`${READ}; got ${isBinary(text) ? 'other binary data' : 'other text'}`)
}

function unsupported(message: string): AppError {
  return new AppError('FILE_UNSUPPORTED', `Expected ${message}`)
}
