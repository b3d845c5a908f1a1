import { formatName } from '../../lib/import/formats/file-format.ts'
import type {
  ObjectContent,
  Position,
  RawRecord,
  ReaderOptions,
  RecordReader,
  ResumePoint,
  TextResumePoint,
} from '../../lib/import/formats/raw-record.ts'
import { recordReader } from '../../lib/import/formats/record-source.ts'
import { bikeShop } from './bike-shop.ts'

export const readerOptions: ReaderOptions = { maxRecordBytes: 1024 * 1024, definition: bikeShop }

export function readerOf(key: string, options: Partial<ReaderOptions> = {}): RecordReader {
  return recordReader(key, { ...readerOptions, ...options })
}

/** An object's content that comes in chunks of the given sizes, again and again. */
export function contentOf(bytes: Buffer, sizes: number[] = [bytes.length]): ObjectContent {
  return {
    size: bytes.length,
    async *read(from) {
      for (let i = 0; from < bytes.length; i++) {
        const size = Math.max(1, sizes[i % sizes.length] ?? 1)
        yield bytes.subarray(from, from + size)
        from += size
      }
    },
    slice: async (from, to) => Buffer.from(bytes.subarray(from, to)),
  }
}

export async function readAll(
  read: RecordReader,
  content: ObjectContent,
  from?: ResumePoint,
): Promise<RawRecord[]> {
  const records: RawRecord[] = []
  for await (const batch of read(content, from)) records.push(...batch)
  return records.filter((record) => !('format' in record))
}

/** `2:8 {"a":2}`, `3:16 RECORD_TOO_LARGE`, `3:16 file FILE_TRUNCATED`: line and byte, or the row. */
export function show(record: RawRecord): string {
  const { position } = record
  const at = 'row' in position ? `${position.row}` : `${position.line}:${position.byteOffset}`
  if ('bytes' in record) return `${at} ${record.bytes.toString()}`
  if ('warning' in record) return `${at} warning`
  if ('format' in record) return `${at} ${formatName(record.format)}`
  return 'fault' in record ? `${at} ${record.fault.code}` : `${at} file ${record.fileFault.code}`
}

export function textPosition(position: ResumePoint | Position): TextResumePoint {
  if ('byteOffset' in position) return position
  throw new Error('Expected a place in a text')
}
