import { setTimeout as delay } from 'node:timers/promises'
import * as v from 'valibot'
import { type IndexDeps, indexStatus } from '../index-state/index-status.ts'
import type { ProvisionResult } from '../index-state/index-status-schema.ts'
import type { CallOptions, Deadline, RedisPool } from '../redis/redis.ts'
import { retryOnConflict } from '../redis/retry-on-conflict.ts'
import { applyStep, type StepResult } from './apply-step.ts'
import { observeIndex } from './observe-index.ts'
import { planStep } from './plan-step.ts'

/** The body of `PUT /index`, which may be left out. */
export const ProvisionRequestSchema = v.strictObject({
  force: v.pipe(
    v.exactOptional(v.boolean(), false),
    v.description('Change it although it was rolled back from, memory will not do, or documents do not fit'),
  ),
})

export interface ProvisionDeps extends IndexDeps {
  redis: RedisPool
}

export interface ProvisionOptions extends CallOptions {
  /** false only goes on with a change that somebody has begun. */
  mayBegin?: boolean
  /** Change although it was rolled back from, memory will not do, or documents and canaries would be lost. */
  force?: boolean
  /** How long the version is kept that another has replaced. */
  graceMs?: number
  /** Until when to wait for Redis to build, in epoch milliseconds; by default not at all. */
  waitUntil?: Deadline
}

const GRACE_MS = 24 * 3_600_000
const POLL_MS = 100
/** Twenty callers at once may each lose nineteen times, at each of several steps. */
const ATTEMPTS = 100

/**
 * Makes the index what its definition says, and says how it stands. What is missing is created. What is different is
 * built anew beside the live index, proved, and takes its place in one instant; the live one is kept for a while.
 *
 * Step by step, each decided by what Redis shows then: who comes after a crash, or at the same time, goes on from there.
 *
 * @throws AppError CHANGE_REFUSED
 */
export async function provisionIndex(
  { redis, definition }: ProvisionDeps,
  { deadline, ...options }: ProvisionOptions = {},
): Promise<ProvisionResult> {
  const { mayBegin = true, force = false, graceMs = GRACE_MS, waitUntil = 0 } = options
  const callOptions = deadline === undefined ? {} : { deadline }
  const retry = { purpose: `change the index ${definition.name}`, attempts: ATTEMPTS, options: callOptions }
  const results = await redis.lease(async (connection) => {
    const step = () =>
      retryOnConflict(connection, retry, async (commit) => {
        const observed = await observeIndex(connection, definition, callOptions)
        const next = planStep(observed, { mayBegin, force, graceMs }, Date.now())
        return applyStep({ connection, commit, definition }, next, observed, { force }, callOptions)
      })
    const results: StepResult[] = []
    for (;;) {
      const startedAt = performance.now()
      const last = await step()
      results.push(last)
      if (last === 'done' || (isOngoing(last) && Date.now() + POLL_MS > waitUntil)) return results
      if (last === 'waiting') await delay(POLL_MS)
      if (last === 'copied') await delay(performance.now() - startedAt)
    }
  })
  const status = await indexStatus({ redis, definition }, callOptions)
  const change = CHANGES.find((one) => results.includes(one))
  return { ...status, change: change ?? status.change }
}

/** There is more of it, and somebody may go on another time. */
function isOngoing(result: StepResult): boolean {
  return result === 'waiting' || result === 'copied'
}

const CHANGES = ['migrated', 'created'] as const
