import type { CheckedDefinition, WrittenDefinition } from '../definition.ts'
import { hgetArgs } from '../redis/commands/hashes.ts'
import { type Command, type Connection, replyOf } from '../redis/redis.ts'
import { createRecordCheck } from '../users/user-record.ts'
import { addTally, fieldTallies, nearMissWarning } from './field-tally.ts'
import { type FileFormat, formatName } from './formats/file-format.ts'
import type { RawRecord } from './formats/raw-record.ts'
import { type Checkpoint, ledgerKey, saveArgs } from './import-ledger.ts'
import { maxErrors } from './import-options.ts'
import { addWarning } from './import-report.ts'
import type { ImportReport, ImportState } from './import-report-schema.ts'
import { groupRejects } from './reject-groups.ts'
import type { RejectLog } from './reject-log.ts'
import { type Window, windowFiller } from './window.ts'
import { type Known, type WindowOutcome, windowWriter } from './window-writer.ts'

export interface RunDeps {
  connection: Connection
  /** The definition that checks the records. */
  definition: CheckedDefinition
  written: WrittenDefinition
  rejectLog: RejectLog
  erasureMs: number | undefined
}

/** A writer that saves nothing for a minute counts as dead (`lib/jobs/liveness.ts`), even if its records fill no window. */
const SILENT_AT_MOST_MS = 10_000

/** Why the records stopped flowing, when it was not for their end. */
export type Stopped = Extract<ImportState, 'ABORTED' | 'CANCELLED'> | undefined

/**
 * Takes the records through Redis, window by window, and accounts for each one in the report, in place. On every exit,
 * errors included, the report and its checkpoint were saved in one write.
 */
export async function runImport(
  { connection, definition, written, rejectLog, erasureMs }: RunDeps,
  records: AsyncIterable<RawRecord[]>,
  report: ImportReport,
): Promise<Stopped> {
  const filler = windowFiller(createRecordCheck(definition), fieldTallies(definition))
  if (report.fields.length === 0)
    report.fields = definition.fields.map(({ path }) => ({ path: path.slice(2), missing: 0, doubts: [] }))
  const writer = windowWriter(connection, written, {
    dryRun: report.dryRun,
    erasureMs,
    erasuresOf: definition,
  })
  const errorsAllowed = maxErrors(report.onError)
  let rejectsSent = report.rejected
  let isCancelled = false
  let file: FileFormat | undefined
  /** A window could not be sent. No later one may be sent: the next writer continues after the last saved window. */
  let isBroken = false
  let asked: { window: Window; known: Promise<Known> } | undefined
  /** The accounts of the last two windows that were written: resolved when they are on their way to the ledger. */
  let accounts: [Promise<void>, Promise<void>] = [Promise.resolve(), Promise.resolve()]
  let saved: Promise<void> = Promise.resolve()

  async function account({ read, rejects, next, fields }: Window, outcome: WindowOutcome): Promise<void> {
    // Its answer came with the outcome. After a refused window, rejects would be missing in the middle.
    await saved
    const { refused, ...counts } = outcome
    const { save, state } = await rejectLog.add([...rejects, ...refused])
    report.read += read
    report.rejected += rejects.length + refused.length
    if (report.rejected > 0) report.rejects = rejectLog.key
    report.rejectsListed = state.listed ?? report.rejected
    report.rejectsByCode = groupRejects(report.rejectsByCode, [...rejects, ...refused])
    addTally(report.fields, fields)
    for (const [name, meant] of fields.nearMisses) addWarning(report, nearMissWarning(name, meant))
    report.written += counts.written
    report.unchanged += counts.unchanged
    report.deleted += counts.deleted
    report.searchable += counts.searchable
    saveReport(save, { next, rejects: state, ...(file !== undefined && { file }) })
  }

  function saveReport(before: Command[], checkpoint?: Checkpoint): void {
    report.updatedAt = new Date().toISOString()
    const saving = connection.pipeline([
      ...before,
      saveArgs(report, checkpoint),
      hgetArgs(ledgerKey(report.id), 'cancelled'),
    ])
    saved = Promise.all([saved, saving]).then(([, outcomes]) => {
      outcomes.map(replyOf)
      isCancelled = replyOf(outcomes.at(-1)) !== null
    })
    saved.catch(() => {})
  }

  /** Only a writer that reads on calls this. A writer with a window that hangs in Redis falls silent. */
  async function sayThatItLives(): Promise<void> {
    const isSilent = () => Date.now() - Date.parse(report.updatedAt) > SILENT_AT_MOST_MS
    if (!isSilent()) return
    // Behind an account that was refused, the report would be ahead of its checkpoint.
    await saved
    if (isSilent()) saveReport([])
  }

  /**
   * Redis is never without work: while it writes two windows, it has been asked about a third, and a fourth is being
   * read. The connection is served in order, so a window that is sent behind the account of the one before the last
   * leaves at most two that are written and not accounted for, whenever it breaks.
   */
  async function flush(): Promise<void> {
    const window = filler.take()
    if (window === undefined) return
    rejectsSent += window.rejects.length
    const before = asked
    asked = { window, known: writer.ask(window.records, before?.window.records ?? []) }
    // Awaited one window later; until then its failure must not count as unhandled.
    asked.known.catch(() => {})
    if (before !== undefined) await write(before)
  }

  async function write({ window, known }: NonNullable<typeof asked>): Promise<void> {
    const [beforeLast, last] = accounts
    const [answered] = await Promise.all([known, beforeLast]).catch((error) => {
      isBroken = true
      throw error
    })
    const outcome = writer.write(window.records, answered)
    outcome.catch(() => {})
    const accounted = last.then(async () => account(window, await outcome))
    accounted.catch(() => {})
    accounts = [last, accounted]
  }

  async function drain(): Promise<void> {
    try {
      if (!isBroken) await writeRest()
    } finally {
      await accounts[1]
      await saved
    }
  }

  async function writeRest(): Promise<void> {
    await flush()
    const rest = asked
    asked = undefined
    if (rest !== undefined) await write(rest)
  }

  try {
    // It ended so before, and died before that was saved.
    if (rejectsSent > errorsAllowed) return 'ABORTED'
    for await (const batch of records) {
      await sayThatItLives()
      if (isCancelled) return await drained('CANCELLED')
      // Before the records: the next writer continues after their window, and does not pass this place again.
      for (const raw of batch) {
        if ('fileFault' in raw) report.problem = { ...raw.fileFault, ...raw.position }
        if ('warning' in raw) addWarning(report, raw.warning)
        if ('format' in raw) {
          file = raw.format
          report.format = formatName(file)
        }
      }
      for (const raw of batch) {
        if (!('bytes' in raw || 'fault' in raw)) continue
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
    // Redis may still acknowledge a window that is under way. It is accounted for before the next writer begins.
    await drain().catch(() => {})
    throw error
  }

  async function drained(state: Stopped): Promise<Stopped> {
    await drain()
    return state
  }
}
