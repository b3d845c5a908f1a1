import { AppError } from '../errors.ts'
import { hdelArgs, hsetArgs } from '../redis/commands/hashes.ts'
import { zaddArgs } from '../redis/commands/sorted-sets.ts'
import { UNWATCH, watchArgs } from '../redis/commands/transactions.ts'
import { type Command, type Connection, replyOf } from '../redis/redis.ts'
import { transact } from '../redis/transact.ts'
import { classifyEvent, type EventClass, type ImportRequest } from './classify-event.ts'
import {
  type Checkpoint,
  type Ended,
  IMPORTS_KEY,
  type Ledger,
  ledgerKey,
  parseLedger,
  readLedgerArgs,
} from './import-ledger.ts'
import type { ImportReport } from './import-report-schema.ts'
import { later } from './sequencer.ts'
import { endWriter, findWriter, nameWriter } from './writer-lock.ts'

/** The import is ours: where it stands, and what of an abandoned one is left to clear away. */
export interface ImportClaim {
  report: ImportReport
  checkpoint: Checkpoint | undefined
  isCancelled: boolean
  abandoned: Checkpoint | undefined
  /** The import before this one. */
  ended: Ended | undefined
}

/** A writer that lives saves its progress with every window, which has 30 s. */
const HUNG_AFTER_MS = 60_000
const MAX_ATTEMPTS = 20

/**
 * Makes this connection the one writer of an object's import, or says why there is nothing to write.
 *
 * Who asks has just seen the object with this ETag, so a writer of other content is out of date, and is ended. One of
 * the same content is left alone while it lives.
 */
export async function claimImport(
  connection: Connection,
  request: ImportRequest,
  begin: ImportReport,
): Promise<ImportClaim | EventClass> {
  const name = await nameWriter(connection, begin.id)
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const ledger = await watch(connection, begin.id)
    const eventClass = classifyEvent(ledger, request)
    if (eventClass !== undefined) return unwatched(connection, eventClass)
    const rival = ledger.writer === undefined ? undefined : await findWriter(connection, ledger.writer)
    if (rival !== undefined) {
      if (isSameImport(ledger, request) && !isHung(ledger)) return unwatched(connection, 'DUPLICATE')
      await endWriter(connection, rival)
      continue
    }
    const claimed = claimOf(ledger, request, begin)
    const outcomes = await transact(connection, claimCommands(claimed, name))
    if (outcomes === undefined) continue
    outcomes.map(replyOf)
    return claimed
  }
  throw new AppError('REDIS_BUSY', `Expected to become the writer of ${begin.key}, others were faster`)
}

async function watch(connection: Connection, id: string): Promise<Ledger> {
  const outcomes = await connection.pipeline([watchArgs(ledgerKey(id)), readLedgerArgs(id)])
  return parseLedger(replyOf(outcomes[1]))
}

async function unwatched(connection: Connection, eventClass: EventClass): Promise<EventClass> {
  await connection.send(UNWATCH)
  return eventClass
}

/** An import that was begun under the same circumstances is continued; else it begins anew. */
function claimOf(ledger: Ledger, request: ImportRequest, begin: ImportReport): ImportClaim {
  const { report, checkpoint, isCancelled, ended } = ledger
  const isBegun = checkpoint !== undefined || isCancelled
  if (report !== undefined && isBegun && isSameImport(ledger, request)) {
    const sequencer = later(report.sequencer, request.sequencer ?? null)
    // Else the writer counted as hung until its first window, for as long as nobody had continued.
    const updatedAt = new Date().toISOString()
    return {
      report: { ...report, sequencer, updatedAt },
      checkpoint,
      isCancelled,
      abandoned: undefined,
      ended,
    }
  }
  return { report: begin, checkpoint: undefined, isCancelled: false, abandoned: checkpoint, ended }
}

function claimCommands({ report, checkpoint, isCancelled }: ImportClaim, writer: string): Command[] {
  const key = ledgerKey(report.id)
  const isContinued = checkpoint !== undefined || isCancelled
  return [
    hsetArgs(key, { writer, report: JSON.stringify(report) }),
    ...(isContinued ? [] : [hdelArgs(key, ['checkpoint', 'cancelled', 'duplicateAt'])]),
    zaddArgs(IMPORTS_KEY, Date.parse(report.startedAt), report.id),
  ]
}

function isSameImport({ report }: Ledger, { etag, definition }: ImportRequest): boolean {
  return report?.state === 'RUNNING' && report.etag === etag && report.definition === definition
}

function isHung({ report }: Ledger): boolean {
  return report !== undefined && Date.now() - Date.parse(report.updatedAt) > HUNG_AFTER_MS
}
