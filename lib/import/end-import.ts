import { parseWaitAof, waitAofArgs } from '../redis/commands/server.ts'
import { type Connection, replyOf } from '../redis/redis.ts'
import type { Claimed } from './claim.ts'
import type { ImportDeps } from './import-deps.ts'
import { type Ended, saveEndArgs } from './import-ledger.ts'
import { reportStem } from './import-report.ts'
import type { ImportReport } from './import-report-schema.ts'
import { forgetRejectsArgs, type RejectLog } from './reject-log.ts'
import { later } from './sequencer.ts'

const FSYNC_TIMEOUT_MS = 2_000

/** The report goes to the bucket first: once it is known in Redis that an import has ended, its report is there. */
export async function endImport(
  deps: ImportDeps,
  connection: Connection,
  { report, ended }: Claimed,
  rejectLog: RejectLog,
): Promise<ImportReport> {
  await rejectLog.finish()
  const now = new Date().toISOString()
  const durability = (await fsynced(connection)) ? 'fsynced' : 'memory'
  const final: ImportReport = { ...report, durability, updatedAt: now, finishedAt: now }
  const body = JSON.stringify(final, null, 2)
  await deps.objects.put(`${reportStem(deps, final)}.json`, body, 'application/json')
  const outcomes = await connection.pipeline([
    ...saveEndArgs(final, endOf(final, ended)),
    forgetRejectsArgs(final.id),
  ])
  outcomes.map(replyOf)
  return final
}

/** Only an import that has read the whole object settles later events of the same content. */
function endOf({ state, etag, sequencer, definition }: ImportReport, before: Ended | undefined): Ended {
  const isWhole = state === 'COMPLETED' || state === 'PARTIAL'
  return {
    etag: isWhole ? etag : null,
    sequencer: later(sequencer, before?.sequencer ?? null),
    definition,
  }
}

/** Without an append-only file WAITAOF is an error: then the writes are in memory only, which the report says. */
async function fsynced(connection: Connection): Promise<boolean> {
  const [outcome] = await connection.pipeline([waitAofArgs(FSYNC_TIMEOUT_MS)])
  return outcome !== undefined && 'reply' in outcome && parseWaitAof(outcome.reply)
}
