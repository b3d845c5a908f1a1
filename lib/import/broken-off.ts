import type { Fault, RawRecord, TextPosition } from './raw-record.ts'

/** What is left of a text that breaks off: a record, when it was within one, and why there is no more. */
export function brokenOff(
  fault: Fault,
  { record, next }: { record: TextPosition | undefined; next: TextPosition },
): RawRecord[] {
  const message = 'Expected the rest of the record, got the end of the file'
  const truncated = { code: 'RECORD_TRUNCATED', message } as const
  return [
    ...(record === undefined ? [] : [{ position: record, next, fault: truncated }]),
    { position: next, next, fileFault: fault },
  ]
}
