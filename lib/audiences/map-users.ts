import { randomUUID } from 'node:crypto'
import { AppError } from '../errors.ts'
import { ftSearchMatchingKeysArgs, parseFtSearch, TRUNCATED_SEARCH } from '../redis/commands/ft-search.ts'
import { parseScan, scanArgs } from '../redis/commands/keys.ts'
import { infoServerArgs, parseInfoServer } from '../redis/commands/server.ts'
import type { Connection, Deadline } from '../redis/redis.ts'
import type { ObjectStore } from '../s3/object-store.ts'
import type { Filter } from '../search/filter.ts'
import type { Vector } from '../vector.ts'
import type { Checkpoint } from './audience-ledger.ts'
import { workFolder } from './audience-report.ts'
import type { AudienceReport } from './audience-report-schema.ts'
import type { Pacer } from './pacer.ts'
import type { Prepared } from './prepared.ts'
import { readVectors } from './read-vectors.ts'
import { encodeRun, type ScoredUser } from './run-file.ts'

export interface MapDeps {
  connection: Connection
  objects: ObjectStore
  pace: Pacer
  prepared: Prepared
  filter: Filter
  classify(ids: readonly string[], vectors: readonly (Vector | null)[]): ScoredUser[]
  /** Saves the report and the checkpoint; says whether the job was cancelled. */
  save(checkpoint?: Checkpoint): Promise<boolean>
  stopAt: Deadline
}

/** 0.2 ms of Redis. */
const KEYS_A_WINDOW = 500
const USERS_A_RUN = 50_000
const RUN_MS = 30_000
/** The comparisons of the certificate that may wait for a rest. Of many seeds, those of one window take 40 s. */
const BACKLOG_MS = 2_000
const WORK_MS = 1_000

/** How the part of the job ended for which this invocation had time. */
export type MapOutcome = 'done' | 'time is up' | 'cancelled'

/**
 * Scores every user under the prefix that passes the filter, window by window, and writes them to the bucket in runs. A
 * run and the cursor after it are saved together, so a job that is killed continues after the last run.
 *
 * @returns how it ended; the checkpoint is updated in place
 */
export async function mapUsers(
  deps: MapDeps,
  report: AudienceReport,
  checkpoint: Checkpoint,
): Promise<MapOutcome> {
  const { connection, prepared, pace, stopAt, save } = deps
  const { definition } = prepared
  await beginAgainOnAnotherServer(deps, report, checkpoint)
  let users: ScoredUser[] = []
  let since = Date.now()
  let { cursor } = checkpoint
  let hasBegun = cursor !== '0'

  /** Compares until so much work is left, and shows that the job is alive. Says whether the job was cancelled. */
  async function workOff(mostLeftMs: number): Promise<boolean> {
    while (pace.backlogMs > mostLeftMs) {
      pace.work(WORK_MS)
      if (await save()) return true
    }
    return false
  }

  async function flush(isMapped: boolean): Promise<boolean> {
    if (await workOff(0)) return true
    if (users.length > 0) {
      const key = `${workFolder(report.id)}run-${checkpoint.runs.length}-${randomUUID()}`
      await deps.objects.put(key, encodeRun(users), 'application/octet-stream')
      checkpoint.runs = [...checkpoint.runs, key]
    }
    users = []
    since = Date.now()
    Object.assign(checkpoint, { cursor, isMapped })
    return save(checkpoint)
  }

  // At least one window: an invocation without time for one would only send the next message.
  for (let windows = 0; !(hasBegun && cursor === '0'); windows++) {
    if (windows > 0 && Date.now() >= stopAt) return (await flush(false)) ? 'cancelled' : 'time is up'
    const page = parseScan(
      await pace.run(() => connection.send(scanArgs(cursor, definition.prefix, KEYS_A_WINDOW))),
    )
    const ids = await matching(deps, [...new Set(page.keys)])
    const vectors = await readVectors({ connection, definition, pace }, ids)
    users.push(...deps.classify(ids, vectors))
    report.scanned += page.keys.length
    report.percent = percentOf(report.scanned, prepared.documents)
    cursor = page.cursor
    hasBegun = true
    await pace.rest()
    if (await workOff(BACKLOG_MS)) return 'cancelled'
    const isFull = users.length >= USERS_A_RUN || Date.now() - since >= RUN_MS
    if (isFull && cursor !== '0' && (await flush(false))) return 'cancelled'
    // Between two runs neither the cursor is saved nor the number of users up to it.
    if (await save()) return 'cancelled'
  }
  // The last windows may have had no keys because the data set was emptied. Without its index, this throws.
  await matching(deps, [definition.prefix])
  return (await flush(true)) ? 'cancelled' : 'done'
}

/** The steps after the scan are the rest. */
function percentOf(scanned: number, documents: number): number {
  return Math.min(95, Math.round((scanned / Math.max(1, documents)) * 950) / 10)
}

/** A cursor of SCAN means nothing to another run of the server, nor to another server after a failover. */
async function beginAgainOnAnotherServer(
  { connection }: MapDeps,
  report: AudienceReport,
  checkpoint: Checkpoint,
): Promise<void> {
  const { run_id: runId = '' } = parseInfoServer(await connection.send(infoServerArgs())).info
  if (runId === checkpoint.runId) return
  Object.assign(checkpoint, { runId, cursor: '0', runs: [], chunks: [] })
  report.scanned = 0
}

/** The ids of those keys that the index holds and that pass the filter. */
async function matching(
  { connection, prepared: { index, definition }, filter, pace }: MapDeps,
  keys: readonly string[],
): Promise<string[]> {
  if (keys.length === 0) return []
  const command = ftSearchMatchingKeysArgs(index, filter, keys)
  const { rows, warnings } = parseFtSearch(await pace.run(() => connection.send(command)), { content: false })
  if (warnings.length > 0) throw new AppError('REDIS_TIMEOUT', TRUNCATED_SEARCH)
  return rows.map(({ key }) => key.slice(definition.prefix.length))
}
