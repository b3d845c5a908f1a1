import { AppError } from '../errors.ts'
import { readUnread } from '../import/unread-objects.ts'
import type { CheckResult, RunningSweep, Sweep } from '../index-state/check-schema.ts'
import { readCheck, saveCheck } from '../index-state/check-store.ts'
import { indexStatus, readIndex } from '../index-state/index-status.ts'
import type { ProvisionResult } from '../index-state/index-status-schema.ts'
import type { Recall } from '../index-state/recall-store.ts'
import type { Log } from '../lambda/log.ts'
import { metrics } from '../lambda/metrics.ts'
import { type CanaryResult, searchCanaries } from '../provisioning/canaries.ts'
import { markForRebuild } from '../provisioning/mark-for-rebuild.ts'
import { prefixNotes } from '../provisioning/prefix-notes.ts'
import { type ProvisionDeps, type ProvisionOptions, provisionIndex } from '../provisioning/provision-index.ts'
import { measureRecall } from '../recall/measure-recall.ts'
import type { Deadline } from '../redis/redis.ts'
import { findProblems } from './problems.ts'
import { resultLimitProblems } from './result-limit.ts'
import { readServer } from './server-state.ts'
import { staleImports } from './stale-imports.ts'
import { newSweep, sweepOn } from './sweep.ts'

export interface CheckOptions {
  graceMs?: number
  /** Until when Redis is waited for to build, and users are looked at, in epoch milliseconds. */
  until?: number
  /** How much of Redis's time may go into looking at users while they are looked at. */
  share?: number
  /** Whether users whose vectors are unusable are renamed to `quarantine:…`. */
  quarantines?: boolean
}

export interface CheckDeps extends ProvisionDeps {
  log: Log
  /** The largest k of a search. */
  maxK: number
}

export type Checked = CheckResult & { index: Omit<ProvisionResult, 'check'> }

const SHARE = 0.02

/**
 * The scheduled look at all that a search depends on: the server, the index, every stored user in turn, recall. Repairs
 * what is safe to repair: makes a missing index or alias, and goes on with a change that somebody has begun. With
 * `quarantines` it takes out the users that would spoil the answers of others, and has the index built anew where they
 * have. What it finds is kept in Redis, and logged as lines that an alarm can be set on.
 */
export async function checkIndex(
  { log, ...deps }: CheckDeps,
  { graceMs, until = 0, share = SHARE, quarantines = false }: CheckOptions = {},
): Promise<Checked> {
  const startedAt = Date.now()
  const before = await readCheck(deps)
  // Half of the time for building; users are looked at in the other.
  const waitUntil = startedAt + (until - startedAt) / 2
  const goOn = (waitUntil: Deadline) =>
    provisionOrWhy(deps, { mayBegin: false, waitUntil, ...(graceMs !== undefined && { graceMs }) })
  let { index, refused } = await goOn(waitUntil)
  const server = await readServer(deps.redis)
  const swept = await sweepUsers(deps, before?.sweep ?? null, { until, share, quarantines })
  const canaries = await askCanaries(deps, index)
  // Once more: who has built anew since the sweep said so first, has built with the poison.
  if ((swept?.cleared ?? 0) > (before?.sweep?.cleared ?? 0)) {
    await markForRebuild(deps)
    ;({ index, refused } = await goOn(until))
  }
  const recall = await measureRecall(deps)
  const isFinished = swept !== null && swept.finishedAt !== null
  const warnings = [
    ...(await prefixNotes(deps.redis, deps.definition)),
    ...(await resultLimitProblems(deps, index)),
  ]
  const facts = {
    memory: server.memory,
    appendOnlyFile: server.aof,
    canaries,
    staleImports: await staleImports(deps.redis),
    lastSweep: isFinished ? finished(swept) : (before?.lastSweep ?? null),
    sweep: isFinished ? null : swept,
  }
  const now = Date.now()
  const unread = await readUnread(deps.redis)
  const problems = [...findProblems({ index, refused, server, unread, ...facts }), ...warnings]
  const result = { at: new Date(now).toISOString(), tookMs: now - startedAt, problems, ...facts }
  await saveCheck(deps, result)
  logCheck(log, index, result)
  if (recall !== null) logRecall(log, deps.definition.name, recall)
  const { check: _, ...about } = index
  return { ...result, index: { ...about, recall: recall ?? index.recall } }
}

/** What cannot be done now is a finding, and no reason to look no further. */
async function provisionOrWhy(
  deps: ProvisionDeps,
  options: ProvisionOptions,
): Promise<{ index: ProvisionResult; refused: string | null }> {
  try {
    return { index: await provisionIndex(deps, options), refused: null }
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'CHANGE_REFUSED')) throw error
    return { index: await indexStatus(deps), refused: error.message }
  }
}

/** A drifted index may cover other users, or other vectors: what it does not hold says nothing of them. */
async function sweepUsers(
  deps: ProvisionDeps,
  running: RunningSweep | null,
  options: { until: number; share: number; quarantines: boolean },
): Promise<RunningSweep | null> {
  const { state, info } = await readIndex(deps)
  if (state !== 'ready' || info === undefined) return running
  return sweepOn({ ...deps, index: info.name }, running ?? newSweep(), options)
}

async function askCanaries(
  deps: ProvisionDeps,
  { state, index }: ProvisionResult,
): Promise<CanaryResult | null> {
  if (state !== 'ready' || index === null) return null
  try {
    return await searchCanaries(deps, index)
  } catch (error) {
    // Who was not looked for in time is not lost.
    if (error instanceof AppError && error.code === 'REDIS_TIMEOUT') return null
    throw error
  }
}

function finished({ cursor: _, cleared: __, ...sweep }: RunningSweep): Sweep {
  return sweep
}

function logCheck(log: Log, index: ProvisionResult, result: CheckResult): void {
  const { name, state, change, percentIndexed, documents, failures } = index
  const { problems, memory, canaries, lastSweep, staleImports, tookMs } = result
  const values = {
    Problems: problems.length,
    Documents: documents,
    PercentIndexed: percentIndexed,
    MemoryUsed: memory === null ? null : memory.used / memory.limit,
    CanariesLost: canaries?.lost.length ?? null,
    NotSearchable: lastSweep?.notSearchable ?? null,
    StaleImports: staleImports.length,
  }
  const fields = { ...metrics({ index: name }, values), state, change, failures, problems, tookMs }
  log[problems.length === 0 ? 'info' : 'warn']('index checked', fields)
}

/** Metrics are of what was measured just now, never of an earlier time. The dimension K is that of recall@k. */
function logRecall(log: Log, index: string, { curve, target, skipped }: Recall): void {
  if (skipped !== null) {
    log.info('recall not measured', { index, skipped })
    return
  }
  for (const { k, single, group } of curve) {
    const isShort = [single.measured, group.measured].some((one) => one < target)
    const values = {
      Recall: single.measured,
      EfRuntime: single.efRuntime,
      GroupRecall: group.measured,
      GroupEfRuntime: group.efRuntime,
    }
    const fields = { ...metrics({ index, K: String(k) }, values), target }
    log[isShort ? 'warn' : 'info']('recall measured', fields)
  }
}
