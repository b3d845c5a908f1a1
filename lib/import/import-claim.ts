import { isAlive } from '../jobs/liveness.ts'
import { becomeWriter } from '../jobs/writer-lock.ts'
import { hdelArgs, hsetArgs } from '../redis/commands/hashes.ts'
import { zaddArgs } from '../redis/commands/sorted-sets.ts'
import type { Command, Connection } from '../redis/redis.ts'
import { classifyEvent, type EventClass, type ImportRequest } from './classify-event.ts'
import {
  type Attempts,
  type Checkpoint,
  type Ended,
  IMPORTS_KEY,
  type Ledger,
  ledgerKey,
  watchLedger,
} from './import-ledger.ts'
import type { ImportReport } from './import-report-schema.ts'
import { later } from './sequencer.ts'

/** The import is ours: where it stands, and what of an abandoned one is left to clear away. */
export interface ImportClaim {
  report: ImportReport
  checkpoint: Checkpoint | undefined
  isCancelled: boolean
  abandoned: Checkpoint | undefined
  /** The import before this one. */
  ended: Ended | undefined
  attempts: Attempts
}

/**
 * Makes this connection the one writer of an object's import, or says why there is nothing to write.
 *
 * The caller has just seen the object with this ETag. So a writer of other content is out of date, and is ended. A living writer of the same content keeps the import.
 */
export function claimImport(
  connection: Connection,
  request: ImportRequest,
  begin: ImportReport,
): Promise<ImportClaim | EventClass> {
  return becomeWriter<Ledger, ImportClaim | EventClass>(connection, {
    job: `import:${begin.id}`,
    purpose: `become the writer of ${begin.key}`,
    watch: () => watchLedger(connection, begin.id),
    nothingToDo: (ledger) => classifyEvent(ledger, request),
    leftAlone: (ledger) => (isSameImport(ledger, request) && !isHung(ledger) ? 'DUPLICATE' : undefined),
    take(ledger, writer) {
      const claim = claimOf(ledger, request, begin)
      return { claim, commands: claimCommands(claim, writer) }
    },
  })
}

/** An import that has begun under the same circumstances is continued; any other begins from the start. */
function claimOf(ledger: Ledger, request: ImportRequest, begin: ImportReport): ImportClaim {
  const { report, checkpoint, isCancelled, ended } = ledger
  const isBegun = checkpoint !== undefined || isCancelled
  if (report !== undefined && isBegun && isSameImport(ledger, request)) {
    const sequencer = later(report.sequencer, request.sequencer ?? null)
    // The time of the last window may be an hour ago, and with it this writer would count as hung.
    const updatedAt = new Date().toISOString()
    return {
      report: { ...report, sequencer, updatedAt },
      checkpoint,
      isCancelled,
      abandoned: undefined,
      ended,
      attempts: attemptsAt(ledger, checkpoint),
    }
  }
  // `since` of an import that still waits is when it first waited.
  const waiting = isSameImport(ledger, request) ? (report?.waiting ?? null) : null
  const fresh = { ...begin, waiting }
  const attempts = isSameImport(ledger, request) ? attemptsAt(ledger, undefined) : attemptsAt({}, undefined)
  return { report: fresh, checkpoint: undefined, isCancelled: false, abandoned: checkpoint, ended, attempts }
}

function attemptsAt({ attempts }: Pick<Ledger, 'attempts'>, checkpoint: Checkpoint | undefined): Attempts {
  const place = JSON.stringify(checkpoint?.next ?? null)
  return { place, count: attempts?.place === place ? attempts.count + 1 : 1 }
}

function claimCommands(
  { report, checkpoint, isCancelled, attempts }: ImportClaim,
  writer: string,
): Command[] {
  const key = ledgerKey(report.id)
  const isContinued = checkpoint !== undefined || isCancelled
  return [
    hsetArgs(key, { writer, report: JSON.stringify(report), attempts: JSON.stringify(attempts) }),
    ...(isContinued ? [] : [hdelArgs(key, ['checkpoint', 'cancelled', 'duplicateAt'])]),
    zaddArgs(IMPORTS_KEY, Date.parse(report.startedAt), report.id),
  ]
}

function isSameImport({ report }: Ledger, { etag, definition }: ImportRequest): boolean {
  return report?.state === 'RUNNING' && report.etag === etag && report.definition === definition
}

function isHung({ report }: Ledger): boolean {
  return report !== undefined && !isAlive(report)
}
