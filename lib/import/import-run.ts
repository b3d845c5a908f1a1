import type { IndexDefinition, WrittenDefinition } from '../definition.ts'
import { hgetArgs } from '../redis/commands/hashes.ts'
import { type Connection, replyOf } from '../redis/redis.ts'
import { recordCheck } from '../users/user-record.ts'
import { type Checkpoint, ledgerKey, saveArgs } from './import-ledger.ts'
import { maxErrors } from './import-options.ts'
import type { ImportReport, ImportState } from './import-report-schema.ts'
import type { RawRecord } from './raw-record.ts'
import type { RejectLog } from './reject-log.ts'
import { type Window, windowFiller } from './window.ts'
import { type WindowOutcome, windowWriter } from './window-writer.ts'

export interface RunDeps {
  connection: Connection
  /** By what records are checked. */
  definition: IndexDefinition
  written: WrittenDefinition
  rejectLog: RejectLog
}

/** Why the records stopped flowing, when it was not for their end. */
export type Stopped = Extract<ImportState, 'ABORTED' | 'CANCELLED'> | undefined

/**
 * Takes the records through Redis, window by window, and accounts for each in the report, in place. Whenever it ends,
 * and be it by an error, what the report says was saved together with the point where reading goes on.
 */
export async function runImport(
  { connection, definition, written, rejectLog }: RunDeps,
  records: AsyncIterable<RawRecord[]>,
  report: ImportReport,
): Promise<Stopped> {
  const filler = windowFiller(recordCheck(definition))
  const writer = windowWriter(connection, written, report)
  const errorsAllowed = maxErrors(report.onError)
  let rejectsSent = report.rejected
  let isCancelled = false
  let acknowledged: Promise<void> = Promise.resolve()

  async function account({ read, rejects, next }: Window, outcome: WindowOutcome): Promise<void> {
    const { refused, ...counts } = outcome
    const { save, state } = await rejectLog.add([...rejects, ...refused])
    report.read += read
    report.rejected += rejects.length + refused.length
    if (report.rejected > 0) report.rejects = rejectLog.key
    report.written += counts.written
    report.unchanged += counts.unchanged
    report.deleted += counts.deleted
    report.searchable += counts.searchable
    report.updatedAt = new Date().toISOString()
    const checkpoint: Checkpoint = { next, rejects: state }
    const outcomes = await connection.pipeline([
      ...save,
      saveArgs(report, checkpoint),
      hgetArgs(ledgerKey(report.id), 'cancelled'),
    ])
    outcomes.map(replyOf)
    isCancelled = replyOf(outcomes.at(-1)) !== null
  }

  /** Sends a window while the one before is under way: two in flight at most. */
  async function flush(): Promise<void> {
    const window = filler.take()
    if (window === undefined) return
    rejectsSent += window.rejects.length
    const { outcome } = await writer.send(window.records)
    const before = acknowledged
    acknowledged = before.then(async () => account(window, await outcome))
    acknowledged.catch(() => {})
    await before
  }

  async function drain(): Promise<void> {
    await flush()
    await acknowledged
  }

  try {
    for await (const batch of records) {
      // Before the records: once their window is saved, whoever continues does not come by here again.
      for (const raw of batch) {
        if ('fileFault' in raw) report.problem = { ...raw.fileFault, ...raw.position }
      }
      for (const raw of batch) {
        if ('fileFault' in raw) continue
        filler.add(raw)
        if (rejectsSent + filler.rejected() > errorsAllowed) return await drained('ABORTED')
        if (filler.isFull()) await flush()
        if (isCancelled) return await drained('CANCELLED')
      }
    }
    await drain()
    if (report.rejected > errorsAllowed) return 'ABORTED'
    return isCancelled ? 'CANCELLED' : undefined
  } catch (error) {
    // What is under way may still be acknowledged, and is then accounted for before anybody else begins.
    await drain().catch(() => {})
    throw error
  }

  async function drained(state: Stopped): Promise<Stopped> {
    await drain()
    return state
  }
}
