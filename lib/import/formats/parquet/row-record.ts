import { AppError, type ErrorCode } from '../../../errors.ts'
import type { RawRecord } from '../raw-record.ts'
import type { DocumentWriter } from './document.ts'
import type { PageMemory } from './page-memory.ts'
import { isBeyond, type RowBudget } from './row-budget.ts'

/** The faults of one value, and so of its row. Any other fault is one of the file. */
const ROW_FAULTS: readonly ErrorCode[] = ['RECORD_NOT_UTF8', 'VALUE_INVALID']

/** The record of the row that was read, or why it is a reject. */
export function rowRecord(
  row: number,
  document: DocumentWriter,
  { budget, memory, maxRecordBytes }: { budget: RowBudget; memory: PageMemory; maxRecordBytes: number },
): RawRecord {
  const place = { position: { row }, next: { row: row + 1 } }
  const limit = `Expected a row of at most ${maxRecordBytes} bytes as JSON`

  function reject(code: ErrorCode, message: string, path = ''): RawRecord {
    const id = document.id()
    return { ...place, fault: { ...(id !== undefined && { id }), code, path, message } }
  }

  if (isBeyond(budget)) return reject('RECORD_TOO_LARGE', `${limit}, got more`)
  try {
    const bytes = Buffer.from(document.write())
    memory.count(bytes.length)
    if (bytes.length <= maxRecordBytes) return { ...place, bytes }
    return reject('RECORD_TOO_LARGE', `${limit}, got ${bytes.length}`)
  } catch (error) {
    if (!(error instanceof AppError && ROW_FAULTS.includes(error.code))) throw error
    return reject(error.code, error.message, error.problems[0]?.path)
  }
}
