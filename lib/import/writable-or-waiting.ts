import { AppError } from '../errors.ts'
import { type Writable, writableBy } from '../index-state/writable-definition.ts'
import type { Connection } from '../redis/redis.ts'
import { transact } from '../redis/transact.ts'
import type { ImportDeps } from './import-deps.ts'
import { releaseArgs, saveArgs } from './import-ledger.ts'
import type { ImportReport } from './import-report-schema.ts'

/**
 * How this import checks and writes records now. When the index would not find the users, the import waits: the ledger
 * says so in `waiting`, for `GET /imports` and the terminal. The queue tries again, so the fault is thrown.
 *
 * @param connection the writer's
 * @throws AppError INDEX_MISSING, INDEX_DRIFTED
 */
export async function writableOrWaiting(
  deps: ImportDeps,
  connection: Connection,
  report: ImportReport,
): Promise<Writable> {
  try {
    const writable = await writableBy(deps)
    if (report.waiting !== null) {
      report.waiting = null
      // At once: until its first window the ledger would still show that it waits.
      await connection.send(saveArgs(report))
    }
    return writable
  } catch (error) {
    if (error instanceof AppError && isOfIndex(error)) await saveWaiting(connection, report, error)
    throw error
  }
}

function isOfIndex({ code }: AppError): boolean {
  return code === 'INDEX_MISSING' || code === 'INDEX_DRIFTED'
}

/** The writer is released in the same transaction: an import that waits has none. */
async function saveWaiting(
  connection: Connection,
  report: ImportReport,
  { code, message }: AppError,
): Promise<void> {
  const updatedAt = new Date().toISOString()
  const since = report.waiting?.code === code ? report.waiting.since : updatedAt
  const waiting = { code, message, since }
  await transact(connection, [saveArgs({ ...report, updatedAt, waiting }), releaseArgs(report.id)])
}
