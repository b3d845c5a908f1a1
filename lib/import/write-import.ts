import { AppError } from '../errors.ts'
import type { Connection } from '../redis/redis.ts'
import { endImport } from './end-import.ts'
import type { ImportClaim } from './import-claim.ts'
import type { ImportDeps } from './import-deps.ts'
import { forgetAttemptsArgs, forgetCheckpointArgs, NO_REJECTS, releaseArgs } from './import-ledger.ts'
import { addFinalWarnings, finalState, reportStem } from './import-report.ts'
import type { ImportReport, ImportState } from './import-report-schema.ts'
import { runImport } from './import-run.ts'
import type { Inspected } from './inspect-object.ts'
import { objectContent } from './object-content.ts'
import { openRejectLog, type RejectLog } from './reject-log.ts'
import { streamWithDeadline } from './stream-with-deadline.ts'
import { writableOrWaiting } from './writable-or-waiting.ts'

/** As often as SQS delivers a message. */
const MAX_ATTEMPTS = 5

/** Five writers in a row were killed at the same place of the file: the sixth would be, too. */
function stalled(claimed: ImportClaim): ImportClaim {
  const message = `Expected the import to go on, got ${MAX_ATTEMPTS} attempts that were killed at the same place of the file: split it, or raise the importer's memory`
  const { report } = claimed
  return { ...claimed, report: { ...report, state: 'FAILED', problem: { code: 'IMPORT_STALLED', message } } }
}

/**
 * Reads what is left of the object and ends the import; or stops in time, and leaves the rest to the next invocation.
 *
 * @throws AppError INDEX_MISSING, INDEX_DRIFTED before anything is read; OBJECT_UNAVAILABLE, UPLOAD_LOST, REDIS_*
 */
export async function writeImport(
  deps: ImportDeps,
  connection: Connection,
  inspected: Inspected,
  claimed: ImportClaim,
): Promise<ImportReport> {
  const { report, checkpoint, abandoned } = claimed
  const { objects } = deps
  // Best effort: the bucket's lifecycle would clear it away, too.
  if (abandoned?.rejects.upload) await objects.parts.abort(abandoned.rejects.upload).catch(() => {})
  const key = `${reportStem(deps, report)}.rejects.ndjson`
  const state = checkpoint?.rejects ?? NO_REJECTS
  // An import that has failed or is cancelled writes no user.
  const isWriting = inspected.source !== undefined && !claimed.isCancelled
  const { checked, written } = isWriting
    ? await writableOrWaiting(deps, connection, report)
    : { checked: deps.definition, written: deps.definition }
  try {
    const rejectLog = await openRejectLog({ redis: connection, objects }, { id: report.id, key, state })
    if (claimed.attempts.count > MAX_ATTEMPTS) {
      return await endImport(deps, connection, stalled(claimed), rejectLog)
    }
    report.state = await read(
      { ...deps, definition: checked, written },
      connection,
      inspected,
      claimed,
      rejectLog,
    )
    if (report.state !== 'RUNNING') return await endImport(deps, connection, claimed, rejectLog)
    await connection.send(releaseArgs(report.id))
    return report
  } catch (error) {
    if (error instanceof AppError && error.retry) {
      await deps.redis.send(forgetAttemptsArgs(report.id)).catch(() => {})
    }
    // The file of rejects cannot be continued, so the import begins from the start.
    if (error instanceof AppError && error.code === 'UPLOAD_LOST') {
      await connection.send(forgetCheckpointArgs(report.id))
    }
    throw error
  }
}

/** Takes the object's records through Redis, and says how that ended. */
async function read(
  { definition, written = definition, objects, erasureMs, stopAt = Number.POSITIVE_INFINITY }: ImportDeps,
  connection: Connection,
  { source, begin }: Inspected,
  { report, checkpoint, isCancelled }: ImportClaim,
  rejectLog: RejectLog,
): Promise<ImportState> {
  // The file's problem remains: its place may be before the point where reading continues.
  report.problem = begin.problem ?? report.problem
  if (source === undefined) return begin.state
  if (isCancelled) return 'CANCELLED'
  const { object } = source
  report.size = object.size
  const content = objectContent(objects, object, report)
  const records = source.read(content, checkpoint?.next, checkpoint?.file)
  const timely = streamWithDeadline(records, stopAt)
  try {
    const stopped = await runImport(
      { connection, definition, written, rejectLog, erasureMs },
      timely.values,
      report,
    )
    if (stopped !== undefined) return stopped
    if (timely.isUp()) return 'RUNNING'
    // Small objects are read in one go, during which they may have been replaced.
    await objects.head(object)
    addFinalWarnings(report)
    return finalState(report)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    if (error.code === 'OBJECT_REPLACED') return 'SUPERSEDED'
    if (error.code !== 'OBJECT_NOT_FOUND') throw error
    report.problem = { code: error.code, message: error.message }
    return 'FAILED'
  }
}
