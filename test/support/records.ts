import type { ObjectContent, RawRecord, RecordReader, ResumePoint } from '../../lib/import/raw-record.ts'

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
  read: RecordReader | undefined,
  content: ObjectContent,
  from?: ResumePoint,
): Promise<RawRecord[]> {
  if (read === undefined) throw new Error('Expected a known format')
  const records: RawRecord[] = []
  for await (const batch of read(content, from)) records.push(...batch)
  return records
}

/** `2:8 {"a":2}`, `3:16 RECORD_TOO_LARGE`, `3:16 file FILE_TRUNCATED`: line and byte, or the row. */
export function show(record: RawRecord): string {
  const { position } = record
  const at = 'row' in position ? `${position.row}` : `${position.line}:${position.byteOffset}`
  if ('bytes' in record) return `${at} ${record.bytes.toString()}`
  return 'fault' in record ? `${at} ${record.fault.code}` : `${at} file ${record.fileFault.code}`
}
