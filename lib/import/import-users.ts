import { AppError } from '../errors.ts'
import { classifyEvent, type EventClass } from './classify-event.ts'
import { claimImport } from './import-claim.ts'
import type { ImportDeps } from './import-deps.ts'
import { readLedger, saveDuplicateArgs } from './import-ledger.ts'
import type { ImportJob } from './import-report.ts'
import type { ImportReport } from './import-report-schema.ts'
import { noteWaiting } from './import-waiting.ts'
import { type Inspected, inspectObject } from './inspect-object.ts'
import { later } from './sequencer.ts'
import { writeImport } from './write-import.ts'

/**
 * Imports one object: reads it as a stream, checks every record, writes the good ones to Redis in acknowledged windows,
 * and puts a report into the bucket, and the rejects next to it. No more than two windows of records are in memory.
 *
 * A fault of a record is a reject, and a fault of the object is a state of the report. A fault of Redis or S3 is thrown:
 * the event comes again, and that delivery continues at the last checkpoint.
 *
 * @returns the report; its state is RUNNING when time was up, and the next call continues the import
 * @throws AppError TRANSPORT_UNSUPPORTED, INDEX_MISSING and INDEX_DRIFTED before anything is read, which the ledger then
 *   shows as `waiting`; OBJECT_UNAVAILABLE, UPLOAD_LOST, REDIS_*
 */
export async function importUsers(deps: ImportDeps, job: ImportJob): Promise<ImportReport> {
  await assertWriter(deps, job)
  const inspected = await inspectObject(deps, job)
  const { begin, request } = inspected
  if (begin.state === 'SUPERSEDED') return begin
  const eventClass = classifyEvent(await readLedger(deps.redis, begin.id), request)
  if (eventClass !== undefined) return settle(deps, inspected, eventClass)
  return deps.redis.lease(async (connection) => {
    const claimed = await claimImport(connection, request, begin)
    if (typeof claimed === 'string') return settle(deps, inspected, claimed)
    return writeImport(deps, connection, inspected, claimed)
  })
}

/** The writer's lock is its connection: without one of its own this importer can import nothing. */
async function assertWriter(deps: ImportDeps, job: ImportJob): Promise<void> {
  try {
    await deps.redis.assertConnections()
  } catch (error) {
    // Where the note fails, too, the first fault says more.
    if (error instanceof AppError && error.code === 'TRANSPORT_UNSUPPORTED')
      await noteWaiting(deps, job, error).catch(() => {})
    throw error
  }
}

/** Writes no user: the report and the users of the earlier import stand. */
async function settle(
  { redis }: ImportDeps,
  { begin, request }: Inspected,
  eventClass: EventClass,
): Promise<ImportReport> {
  const { report, ended } = await readLedger(redis, begin.id)
  if (eventClass === 'DUPLICATE' && ended !== undefined && report?.state !== 'RUNNING') {
    const sequencer = later(ended.sequencer, request.sequencer ?? null)
    await redis.send(saveDuplicateArgs(begin.id, { ...ended, sequencer }, begin.startedAt))
  }
  return { ...(eventClass === 'DUPLICATE' ? (report ?? begin) : begin), state: eventClass }
}
