import { AppError } from '../errors.ts'
import { readUnread } from '../import/unread-objects.ts'
import type { CheckResult, RunningSweep, Sweep } from '../index-state/check-schema.ts'
import { readCheck, saveCheck } from '../index-state/check-store.ts'
import { indexStatus, readIndex } from '../index-state/index-status.ts'
import type { ProvisionResult } from '../index-state/index-status-schema.ts'
import type { Recall, RecallPoint } from '../index-state/recall-store.ts'
import type { Log } from '../lambda/log.ts'
import type { Metrics, MetricValues } from '../lambda/metrics.ts'
import { type CanaryResult, searchCanaries } from '../provisioning/canaries.ts'
import { markForRebuild } from '../provisioning/mark-for-rebuild.ts'
import { prefixNotes } from '../provisioning/prefix-notes.ts'
import { type ProvisionDeps, type ProvisionOptions, provisionIndex } from '../provisioning/provision-index.ts'
import { measureIfDue } from '../recall/measure-if-due.ts'
import type { Deadline } from '../redis/redis.ts'
import { findNotices, findProblems } from './problems.ts'
import { findResultLimitProblems } from './result-limit.ts'
import { readServer, type ServerState } from './server-state.ts'
import { findStaleImports } from './stale-imports.ts'
import { continueSweep, newSweep } from './sweep.ts'

export interface CheckOptions {
  graceMs?: number
  /** How long to wait for builds and to look at users, in epoch milliseconds. */
  until?: number
  /** The share of Redis's time that the look at users may take, and that of the measurements of recall. */
  share?: number
  /** Whether to move users with unusable vectors to quarantine. */
  mayQuarantine?: boolean
}

export interface CheckDeps extends ProvisionDeps {
  log: Log
  metrics: Metrics
  /** The bucket of this stack's imports. Without it, no object counts as unread. */
  bucket?: string | undefined
  /** The largest k of a search. */
  maxK: number
}

export type CheckReport = CheckResult & { index: Omit<ProvisionResult, 'check'> }

const SHARE = 0.02
const REFUSALS: readonly string[] = ['CHANGE_REFUSED', 'INDEX_OWNED']

/**
 * The scheduled check of all that searches depend on: the server, the index, every stored user in turn, and recall.
 * It repairs what is safe to repair: it creates a missing index or alias, and continues a change under way. With
 * `mayQuarantine`, it moves users with unusable vectors to quarantine. After corrupt vectors, it marks the index for
 * a rebuild. It saves the result in Redis, logs it, and emits metrics for alarms.
 */
export async function checkIndex(
  { log, metrics, bucket, ...deps }: CheckDeps,
  { graceMs, until = 0, share = SHARE, mayQuarantine = false }: CheckOptions = {},
): Promise<CheckReport> {
  const startedAt = Date.now()
  const before = await readCheck(deps)
  // Half of the time is for builds, the other half for the look at users.
  const waitUntil = startedAt + (until - startedAt) / 2
  const provision = (waitUntil: Deadline) =>
    tryProvision(deps, { mayBegin: false, waitUntil, ...(graceMs !== undefined && { graceMs }) })
  let { index, refused } = await provision(waitUntil)
  const server = await readServer(deps.redis)
  const swept = await sweepUsers(deps, before?.sweep ?? null, { until, share, mayQuarantine })
  const canaries = await searchCanariesIfReady(deps, index)
  // Marks the index a second time. A rebuild that began after the sweep's first mark still contains the corrupt
  // vectors.
  if ((swept?.cleared ?? 0) > (before?.sweep?.cleared ?? 0)) {
    await markForRebuild(deps)
    ;({ index, refused } = await provision(until))
  }
  const { recall, isNew } = await measureIfDue(deps, { share })
  const isFinished = swept !== null && swept.finishedAt !== null
  const resultLimit = await findResultLimitProblems(deps, index)
  const notices = [...findNotices({ index, server }), ...(await prefixNotes(deps.redis, deps.definition))]
  const observations = {
    memory: server.memory,
    appendOnlyFile: server.aof,
    canaries,
    staleImports: await findStaleImports(deps.redis, { bucket }),
    lastSweep: isFinished ? toFinishedSweep(swept) : (before?.lastSweep ?? null),
    sweep: isFinished ? null : swept,
  }
  const now = Date.now()
  const unread = bucket === undefined ? null : await readUnread(deps.redis, bucket)
  const problems = [...findProblems({ index, refused, server, unread, ...observations }), ...resultLimit]
  const tookMs = now - startedAt
  const result = { at: new Date(now).toISOString(), tookMs, problems, notices, ...observations }
  await saveCheck(deps, result)
  logCheck(log, index, result)
  metrics(checkMetrics(index, result, server))
  if (recall !== null && isNew) reportRecall({ log, metrics }, deps.definition.name, recall)
  const { check: _, ...about } = index
  return { ...result, index: { ...about, recall: recall ?? index.recall } }
}

/** A refused change is a finding; the check continues. */
async function tryProvision(
  deps: ProvisionDeps,
  options: ProvisionOptions,
): Promise<{ index: ProvisionResult; refused: string | null }> {
  try {
    return { index: await provisionIndex(deps, options), refused: null }
  } catch (error) {
    const isRefusal = error instanceof AppError && REFUSALS.includes(error.code)
    if (!isRefusal) throw error
    return { index: await indexStatus(deps), refused: error.message }
  }
}

/**
 * Does not look at users under a drifted index. It may cover other users or other vectors, so a missing user there
 * means nothing.
 */
async function sweepUsers(
  deps: ProvisionDeps,
  running: RunningSweep | null,
  options: { until: number; share: number; mayQuarantine: boolean },
): Promise<RunningSweep | null> {
  const { state, info } = await readIndex(deps)
  if (state !== 'ready' || info === undefined) return running
  return continueSweep({ ...deps, index: info.name }, running ?? newSweep(), options)
}

async function searchCanariesIfReady(
  deps: ProvisionDeps,
  { state, index }: ProvisionResult,
): Promise<CanaryResult | null> {
  if (state !== 'ready' || index === null) return null
  try {
    return await searchCanaries(deps, index)
  } catch (error) {
    // A search that timed out does not mean that its user is lost.
    if (error instanceof AppError && error.code === 'REDIS_TIMEOUT') return null
    throw error
  }
}

function toFinishedSweep({ cursor: _, cleared: __, ...sweep }: RunningSweep): Sweep {
  return sweep
}

function logCheck(log: Log, index: ProvisionResult, result: CheckResult): void {
  const { name, state, change, failures } = index
  const { problems, notices, tookMs } = result
  const fields = { index: name, state, change, failures, problems, notices, tookMs }
  log[problems.length === 0 ? 'info' : 'warn']('index checked', fields)
}

function checkMetrics(
  { documents, percentIndexed }: ProvisionResult,
  { problems, notices, memory, canaries, lastSweep, staleImports, tookMs }: CheckResult,
  { clients }: ServerState,
): MetricValues {
  return {
    Problems: problems.length,
    Notices: notices.length,
    Documents: documents,
    PercentIndexed: percentIndexed,
    MemoryUsed: memory === null ? null : memory.used / memory.limit,
    ConnectionsUsed: clients.connected / clients.limit,
    CanariesLost: canaries?.lost.length ?? null,
    NotSearchable: lastSweep?.notSearchable ?? null,
    StaleImports: staleImports.length,
    CheckMs: tookMs,
  }
}

/** Reports only what was measured now, never an earlier value. */
function reportRecall(
  { log, metrics }: Pick<CheckDeps, 'log' | 'metrics'>,
  index: string,
  { curve, target, skipped }: Recall,
): void {
  if (skipped !== null) {
    log.info('recall not measured', { index, skipped })
    return
  }
  const isBelowTarget = ({ single, group, filtered }: RecallPoint) =>
    Math.min(single.measured, group.measured, filtered?.measured ?? 1) < target
  metrics({ RecallBelowTarget: curve.filter(isBelowTarget).length })
  for (const point of curve) {
    const { k, single, group, filtered } = point
    const values = {
      Recall: single.measured,
      EfRuntime: single.efRuntime,
      GroupRecall: group.measured,
      GroupEfRuntime: group.efRuntime,
      FilteredRecall: filtered?.measured ?? null,
    }
    metrics(values, { dimensions: { k: String(k) } })
    log[isBelowTarget(point) ? 'warn' : 'info']('recall measured', { index, k, target, ...values })
  }
}
