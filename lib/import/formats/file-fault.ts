import { AppError } from '../../errors.ts'
import type { Fault } from './raw-record.ts'

const FILE_FAULTS = new Set<string>([
  'FILE_TRUNCATED',
  'FILE_MALFORMED',
  'FILE_UNSUPPORTED',
  'FILE_TOO_LARGE',
])

/** The fault of the file. Throws a fault of S3 or of Lookalike. */
export function fileFaultOf(error: unknown): Fault {
  if (error instanceof AppError && FILE_FAULTS.has(error.code)) {
    return { code: error.code, message: error.message }
  }
  throw error
}
