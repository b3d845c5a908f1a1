import type { AppError } from '../errors.ts'
import { isAlive } from '../jobs/liveness.ts'
import { zaddArgs } from '../redis/commands/sorted-sets.ts'
import { CONFLICT, retryOnConflict } from '../redis/retry-on-conflict.ts'
import { classifyEvent } from './classify-event.ts'
import type { ImportDeps } from './import-deps.ts'
import { IMPORTS_KEY, saveArgs, watchLedger } from './import-ledger.ts'
import type { ImportJob } from './import-report.ts'
import type { ImportReport } from './import-report-schema.ts'
import { inspectObject } from './inspect-object.ts'

/** The report of an import that cannot go on for this error, and since when. */
export function waitingFor(report: ImportReport, { code, message }: AppError): ImportReport {
  const updatedAt = new Date().toISOString()
  const since = report.waiting?.code === code ? report.waiting.since : updatedAt
  return { ...report, updatedAt, waiting: { code, message, since } }
}

/**
 * Notes that an import waits, for an importer that cannot become its writer. The work of another importer on the object stays as it is.
 */
export async function noteWaiting(deps: ImportDeps, job: ImportJob, error: AppError): Promise<void> {
  const { begin, request } = await inspectObject(deps, job)
  if (begin.state !== 'RUNNING') return
  const purpose = `note that the import of ${begin.key} waits`
  await deps.redis.lease((connection) =>
    retryOnConflict(connection, { purpose }, async (commit) => {
      const ledger = await watchLedger(connection, begin.id)
      if (classifyEvent(ledger, request) !== undefined) return
      const { report } = ledger
      const isOther = report?.state === 'RUNNING' && report.waiting === null && isAlive(report)
      if (isOther) return
      const waiting = waitingFor({ ...begin, waiting: report?.waiting ?? null }, error)
      const outcomes = await commit([
        saveArgs(waiting),
        zaddArgs(IMPORTS_KEY, Date.parse(begin.startedAt), begin.id),
      ])
      return outcomes === CONFLICT ? CONFLICT : undefined
    }),
  )
}
