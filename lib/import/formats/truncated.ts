import type { Fault, RawRecord, TextPosition, TextResumePoint } from './raw-record.ts'

/** What is left of a text that breaks off: a record, when it was within one, and why there is no more. */
export function truncated(
  fault: Fault,
  { record, next }: { record: TextPosition | undefined; next: TextResumePoint },
): RawRecord[] {
  const { line, byteOffset } = next
  const message = 'Expected the rest of the record, got the end of the file'
  const truncated = { code: 'RECORD_TRUNCATED', message } as const
  return [
    ...(record === undefined ? [] : [{ position: record, next, fault: truncated }]),
    { position: { line, byteOffset }, next, fileFault: fault },
  ]
}
