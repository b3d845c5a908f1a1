import { AppError } from '../../errors.ts'
import { detectFormat, isGzip } from './detect-format.ts'
import { fileFaultOf } from './file-fault.ts'
import type { FileFormat, Format } from './file-format.ts'
import { gunzip } from './gunzip.ts'
import { type Peekable, peekable } from './peekable.ts'

/** A file's format, and its text from the beginning. */
export interface OpenedSource {
  file: FileFormat
  text: AsyncIterable<Buffer>
  /** In place of reading the text. */
  close(): Promise<void>
}

/** So many bytes show every signature, and whether a file is text. */
const FIRST_LOOK_BYTES = 4096
/** A tool that packs what is packed already is known; three times is a bomb. */
const MAX_PACKED = 2

interface OpenOptions {
  hint: Format | undefined
  /** When so many bytes of text do not tell the format, more would not. */
  maxBytes: number
}

/**
 * Finds out what a file is, from no more of it than that takes.
 *
 * @throws AppError FILE_UNSUPPORTED; FILE_MALFORMED and others for gzip of which nothing can be unpacked
 */
export async function openSource(body: AsyncIterable<Buffer>, options: OpenOptions): Promise<OpenedSource> {
  let text = peekable(body)
  try {
    for (let packed = 0; packed <= MAX_PACKED; packed++) {
      const detected = await detect(text, options)
      if (detected !== 'gzip') {
        return { file: withPacking(detected, packed), text: text.all(), close: text.close }
      }
      text = peekable(gunzip(text.all()))
    }
    const message = `Expected text that is packed at most ${MAX_PACKED} times, got gzip again`
    throw new AppError('FILE_UNSUPPORTED', message)
  } catch (error) {
    await text.close()
    throw error
  }
}

async function detect(text: Peekable, { hint, maxBytes }: OpenOptions) {
  const look = (isWhole: boolean) => {
    const head = text.head().subarray(0, Math.max(maxBytes, FIRST_LOOK_BYTES))
    return isGzip(head) ? 'gzip' : detectFormat(head, { isWhole, hint })
  }
  let fault: AppError | undefined
  try {
    for (let looksAt = FIRST_LOOK_BYTES; await text.fill(looksAt); looksAt *= 2) {
      const detected = look(looksAt > maxBytes)
      if (detected !== 'more') return detected
    }
  } catch (error) {
    if (error instanceof AppError && error.code === 'FILE_UNSUPPORTED') throw error
    const { code, message } = fileFaultOf(error)
    fault = new AppError(code, message)
    // The reader comes to the same fault, behind all that is readable before it.
    if (text.head().length === 0) return { format: hint ?? 'NDJSON' }
  }
  try {
    const detected = look(true)
    if (detected !== 'more') return detected
  } catch (error) {
    throw fault ?? error
  }
  throw fault ?? new AppError('INTERNAL', 'Expected the format of a whole file to be known')
}

function withPacking(file: Omit<FileFormat, 'packed'>, packed: number): FileFormat {
  if (file.format !== 'Parquet' || packed === 0) return { ...file, packed }
  throw new AppError('FILE_UNSUPPORTED', 'Expected Parquet as it is, got Parquet in gzip: unpack the file')
}
