import { AppError } from '../errors.ts'
import { parseWait, parseWaitAof, waitAofArgs, waitArgs } from '../redis/commands/server.ts'
import { type Connection, replyOf } from '../redis/redis.ts'
import { transact } from '../redis/transact.ts'
import type { ImportClaim } from './import-claim.ts'
import type { ImportDeps } from './import-deps.ts'
import { type Ended, saveEndArgs } from './import-ledger.ts'
import { reportStem } from './import-report.ts'
import type { ImportReport } from './import-report-schema.ts'
import { forgetRejectsArgs, type RejectLog } from './reject-log.ts'
import { later } from './sequencer.ts'

const FSYNC_TIMEOUT_MS = 2_000
const REPLICAS_TIMEOUT_MS = 3_000

/**
 * The report goes to the bucket first: once it is known in Redis that an import has ended, its report is there.
 *
 * @throws AppError REDIS_BUSY when the replicas that must have the writes do not: the import has not ended
 */
export async function endImport(
  deps: ImportDeps,
  connection: Connection,
  { report, ended }: ImportClaim,
  rejectLog: RejectLog,
): Promise<ImportReport> {
  const durability = await durabilityOf(connection, deps.waitReplicas ?? 0)
  await rejectLog.finish()
  await deps.beforeReport?.()
  const now = new Date().toISOString()
  const reportKey = `${reportStem(deps, report)}.json`
  const final: ImportReport = { ...report, durability, reportKey, updatedAt: now, finishedAt: now }
  await deps.objects.put(reportKey, JSON.stringify(final, null, 2), 'application/json')
  // In one transaction: a crash in between would leave a writer and rejects to an import that has ended.
  const end = [...saveEndArgs(final, endOf(final, ended)), forgetRejectsArgs(final.id)]
  const outcomes = await transact(connection, end)
  outcomes?.map(replyOf)
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

async function durabilityOf(connection: Connection, replicas: number): Promise<ImportReport['durability']> {
  if (replicas > 0) {
    const having = parseWait(await connection.send(waitArgs(replicas, REPLICAS_TIMEOUT_MS)))
    if (having >= replicas) return 'replicated'
    const expected = `Expected ${replicas} replica(s) to have the import within ${REPLICAS_TIMEOUT_MS / 1000} s`
    throw new AppError('REDIS_BUSY', `${expected}, got ${having}`)
  }
  return (await fsynced(connection)) ? 'fsynced' : 'memory'
}

/** Without an append-only file WAITAOF is an error: then the writes are in memory only, which the report says. */
async function fsynced(connection: Connection): Promise<boolean> {
  const [outcome] = await connection.pipeline([waitAofArgs(FSYNC_TIMEOUT_MS)])
  return outcome !== undefined && 'reply' in outcome && parseWaitAof(outcome.reply)
}
