import { AppError } from '../errors.ts'
import { readWritableDefinition, type WritableDefinition } from '../index-state/writable-definition.ts'
import type { Connection } from '../redis/redis.ts'
import { transact } from '../redis/transact.ts'
import type { ImportDeps } from './import-deps.ts'
import { releaseArgs, saveArgs } from './import-ledger.ts'
import type { ImportReport } from './import-report-schema.ts'
import { waitingFor } from './import-waiting.ts'

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
): Promise<WritableDefinition> {
  try {
    const writable = await readWritableDefinition(deps)
    if (report.waiting !== null) {
      report.waiting = null
      // At once: until its first window the ledger would still show that it waits.
      await connection.send(saveArgs(report))
    }
    return writable
  } catch (error) {
    if (error instanceof AppError && isOfIndex(error)) {
      // In one transaction: an import that waits has no writer.
      await transact(connection, [saveArgs(waitingFor(report, error)), releaseArgs(report.id)])
    }
    throw error
  }
}

function isOfIndex({ code }: AppError): boolean {
  return code === 'INDEX_MISSING' || code === 'INDEX_DRIFTED'
}
