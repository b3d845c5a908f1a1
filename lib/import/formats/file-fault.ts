import { AppError } from '../../errors.ts'
import type { Fault } from './raw-record.ts'

const FILE_FAULTS = new Set<string>([
  'FILE_TRUNCATED',
  'FILE_MALFORMED',
  'FILE_UNSUPPORTED',
  'FILE_TOO_LARGE',
])

/** What is wrong with the file; throws what is wrong with S3, or with us. */
export function fileFaultOf(error: unknown): Fault {
  if (error instanceof AppError && FILE_FAULTS.has(error.code)) {
    return { code: error.code, message: error.message }
  }
  throw error
}
