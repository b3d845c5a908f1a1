import { hdelArgs, hgetallArgs, hsetArgs, parseHgetall } from '../redis/commands/hashes.ts'
import { watchArgs } from '../redis/commands/transactions.ts'
import {
  type CallOptions,
  type Command,
  type Connection,
  type Redis,
  type Reply,
  replyOf,
} from '../redis/redis.ts'
import type { PartUpload } from '../s3/part-upload.ts'
import type { FileFormat } from './formats/file-format.ts'
import type { ResumePoint } from './formats/raw-record.ts'
import type { ImportReport, ImportStatus } from './import-report-schema.ts'

/**
 * The state of an object's imports in Redis, in one hash. It is in the same server as the users: a Redis that loses its
 * data loses both, and the object counts as never imported.
 */
export interface Ledger {
  /** The newest import. */
  report?: ImportReport
  /** The name of the connection that writes it now. */
  writer?: string
  /** How far that import got. */
  checkpoint?: Checkpoint
  /** The last import that came to an end. */
  ended?: Ended
  isCancelled: boolean
  attempts?: Attempts
}

/** How often a writer has begun at the same place. A writer that is killed there, by a lack of memory or of time, leaves the count. */
export interface Attempts {
  place: string
  count: number
}

/** Everything before it is acknowledged by Redis and accounted for in the report that was saved with it. */
export interface Checkpoint {
  next: ResumePoint
  /** The file's format. An earlier version of the importer did not save it. */
  file?: FileFormat
  rejects: RejectLogState
}

/** How far the rejects' file has got: parts in S3, and what is too short for one in Redis. */
export interface RejectLogState {
  upload: PartUpload | null
  /** Bytes that wait in Redis for the next part. */
  waiting: number
  /** How many rejects are in the file. An earlier version of the importer did not save it. */
  listed?: number
}

export const NO_REJECTS: RejectLogState = { upload: null, waiting: 0, listed: 0 }

export interface Ended {
  /** The content that Redis has the users of; null when the import ended before the end of the object. */
  etag: string | null
  /** The event's. Of events with this or a smaller one nothing is left to do. */
  sequencer: string | null
  /** Under which definition (its hash) the records were checked. */
  definition: string
}

export function ledgerKey(id: string): string {
  return `lookalike:import:${id}`
}

/** The newest imports by their beginning: a sorted set of ids. */
export const IMPORTS_KEY = 'lookalike:imports'

export function readLedgerArgs(id: string): Command {
  return hgetallArgs(ledgerKey(id))
}

export function parseLedger(reply: Reply): Ledger {
  const { report, writer, checkpoint, ended, cancelled, attempts } = parseHgetall(reply)
  return {
    ...(report !== undefined && { report: parseReport(report) }),
    ...(writer !== undefined && { writer }),
    ...(checkpoint !== undefined && { checkpoint: JSON.parse(checkpoint) }),
    ...(ended !== undefined && { ended: JSON.parse(ended) }),
    isCancelled: cancelled !== undefined,
    ...(attempts !== undefined && { attempts: JSON.parse(attempts) }),
  }
}

/** An earlier version of the importer saved reports without these members. */
function parseReport(text: string): ImportReport {
  const { waiting = null, format = null, warnings = [], ...report } = JSON.parse(text)
  const { rejectsListed = report.rejected, rejectsByCode = [], fields = [], reportKey = null } = report
  for (const field of fields) field.doubts ??= []
  return { ...report, waiting, format, warnings, rejectsListed, rejectsByCode, fields, reportKey }
}

export async function readLedger(redis: Redis, id: string, options?: CallOptions): Promise<Ledger> {
  return parseLedger(await redis.send(readLedgerArgs(id), options))
}

/** The same, watched: a transaction on this connection does nothing when the ledger was written meanwhile. */
export async function watchLedger(connection: Connection, id: string): Promise<Ledger> {
  const outcomes = await connection.pipeline([watchArgs(ledgerKey(id)), readLedgerArgs(id)])
  return parseLedger(replyOf(outcomes[1]))
}

/** `undefined` when the object was never imported. */
export async function readImport(
  redis: Redis,
  id: string,
  options?: CallOptions,
): Promise<ImportStatus | undefined> {
  const { report, duplicateAt } = parseHgetall(await redis.send(readLedgerArgs(id), options))
  return report === undefined ? undefined : { ...parseReport(report), duplicateAt: duplicateAt ?? null }
}

/**
 * With each window: the report and how far it got are one write, so that they agree whatever happens. Between two, the
 * report alone says that its writer lives.
 */
export function saveArgs(report: ImportReport, checkpoint?: Checkpoint): Command {
  return hsetArgs(ledgerKey(report.id), {
    report: JSON.stringify(report),
    ...(checkpoint !== undefined && { checkpoint: JSON.stringify(checkpoint) }),
  })
}

export function saveEndArgs(report: ImportReport, ended: Ended): Command[] {
  const key = ledgerKey(report.id)
  return [
    hsetArgs(key, { report: JSON.stringify(report), ended: JSON.stringify(ended) }),
    hdelArgs(key, ['writer', 'checkpoint', 'cancelled', 'attempts']),
  ]
}

/** Ends the work of this writer. The next one continues from what was last saved. */
export function releaseArgs(id: string): Command {
  return hdelArgs(ledgerKey(id), ['writer', 'attempts'])
}

/** The next writer begins the import from the start. */
export function forgetCheckpointArgs(id: string): Command {
  return hdelArgs(ledgerKey(id), ['checkpoint'])
}

/** The same content has come again: its sequencer counts as dealt with. */
export function saveDuplicateArgs(id: string, ended: Ended, now: string): Command {
  return hsetArgs(ledgerKey(id), { ended: JSON.stringify(ended), duplicateAt: now })
}

export function cancelArgs(id: string): Command {
  return hsetArgs(ledgerKey(id), { cancelled: '1' })
}

/** A fault of Redis or S3 ended the attempt: it says nothing against the file. */
export function forgetAttemptsArgs(id: string): Command {
  return hdelArgs(ledgerKey(id), ['attempts'])
}
