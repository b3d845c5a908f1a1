import type { Fault, RawRecord, TextPosition, TextResumePoint } from './raw-record.ts'

/** The rest of a truncated text: a record, if the text ends within one, and the reason. */
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
