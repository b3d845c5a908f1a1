import type { CheckedRecord } from '../users/user-record.ts'
import type { FieldTally, fieldTallies } from './field-tally.ts'
import type { RawRecord, ResumePoint } from './formats/raw-record.ts'
import type { PlacedReject } from './reject-log.ts'
import type { PlacedRecord } from './window-writer.ts'

/**
 * A stretch of the object: what was read of it, what is to be written, what is rejected, and where the next one
 * begins. It is accounted for as a whole, or read again.
 */
export interface Window {
  read: number
  records: PlacedRecord[]
  rejects: PlacedReject[]
  next: ResumePoint
  fields: FieldTally
}

/** With 256 users of 1536 dimensions, 3 MB; in HNSW a fifth of a second of Redis' time. */
const MAX_RECORDS = 256
const MAX_BYTES = 4 * 1024 * 1024
const MAX_REJECTS = 1024
/** So that the progress of an object that comes slowly is still seen to move. */
const MAX_AGE_MS = 2_000

/** Collects what the reader gives into windows. */
export function windowFiller(
  check: (bytes: Buffer) => CheckedRecord,
  tallies: ReturnType<typeof fieldTallies>,
) {
  let window: Window | undefined
  let bytes = 0
  let begunAt = 0

  return {
    add(raw: Extract<RawRecord, { bytes: unknown } | { fault: unknown }>): void {
      if (window === undefined) {
        window = { read: 0, records: [], rejects: [], next: raw.next, fields: tallies.start() }
        bytes = 0
        begunAt = Date.now()
      }
      window.read++
      window.next = raw.next
      const { position } = raw
      const checked: CheckedRecord =
        'bytes' in raw ? check(raw.bytes) : { reject: { path: '', ...raw.fault } }
      if (checked.value !== undefined) {
        const isUser = 'record' in checked && !('deleted' in checked.record)
        tallies.see(window.fields, checked.value, isUser)
      }
      if ('reject' in checked) window.rejects.push({ position, reject: checked.reject })
      else window.records.push({ position, record: checked.record })
      bytes += 'bytes' in raw ? raw.bytes.length : 0
    },

    isFull(): boolean {
      if (window === undefined) return false
      const { records, rejects } = window
      const isLong = records.length >= MAX_RECORDS || rejects.length >= MAX_REJECTS || bytes >= MAX_BYTES
      return isLong || Date.now() - begunAt >= MAX_AGE_MS
    },

    /** The records so far; the next record begins another window. */
    take(): Window | undefined {
      const taken = window
      window = undefined
      return taken
    },

    rejected: () => window?.rejects.length ?? 0,
  }
}
