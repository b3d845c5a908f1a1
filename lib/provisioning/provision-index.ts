import { setTimeout as delay } from 'node:timers/promises'
import * as v from 'valibot'
import { type IndexDeps, indexStatus } from '../index-state/index-status.ts'
import type { ProvisionResult } from '../index-state/index-status-schema.ts'
import { saveVersionsArgs } from '../index-state/versions.ts'
import type { CallOptions, Deadline, RedisPool } from '../redis/redis.ts'
import { CONFLICT, retryOnConflict } from '../redis/retry-on-conflict.ts'
import { applyStep, type StepResult } from './apply-step.ts'
import { claimIndex } from './claim-index.ts'
import { commitStep } from './commit-step.ts'
import { observeIndex } from './observe-index.ts'
import { planStep } from './plan-step.ts'

/** The optional body of `PUT /index`. */
export const ProvisionRequestSchema = v.strictObject({
  force: v.pipe(
    v.exactOptional(v.boolean(), false),
    v.description(
      'Make the change despite a rollback, missing memory, or documents that do not fit; take the index from another stack',
    ),
  ),
})

export interface ProvisionDeps extends IndexDeps {
  redis: RedisPool
  /** The deployed stack, which becomes the index's owner. */
  stack?: string | undefined
}

export interface ProvisionOptions extends CallOptions {
  /** Whether a changed definition may begin a change. A missing index and a needed rebuild begin even if false. */
  mayBegin?: boolean
  /** Makes the change despite a rollback, missing memory or a failed proof. */
  force?: boolean
  /** How long the replaced version is stored. */
  graceMs?: number
  /** Waits for builds of Redis until this time, in epoch milliseconds. Default: does not wait. */
  waitUntil?: Deadline
}

const GRACE_MS = 24 * 3_600_000
const POLL_MS = 100
/** Each of twenty concurrent callers may lose nineteen times, at each of several steps. */
const ATTEMPTS = 100

/**
 * Brings the index to its definition and returns its status. It creates a missing index. A changed one is built next
 * to the live index, proved, and takes its place by an alias swap. The previous version is stored for a while.
 *
 * It repeats observe, plan, apply. A caller after a crash, or a concurrent one, continues from the observed state.
 *
 * @throws AppError CHANGE_REFUSED; INDEX_OWNED if another stack's index would change
 */
export async function provisionIndex(
  { redis, definition, stack }: ProvisionDeps,
  { deadline, ...options }: ProvisionOptions = {},
): Promise<ProvisionResult> {
  const { mayBegin = true, force = false, graceMs = GRACE_MS, waitUntil = 0 } = options
  const callOptions = deadline === undefined ? {} : { deadline }
  const retry = { purpose: `change the index ${definition.name}`, attempts: ATTEMPTS, options: callOptions }
  const results = await redis.lease(async (connection) => {
    const takeStep = () =>
      retryOnConflict(connection, retry, async (commit) => {
        const deps = { connection, commit, definition }
        const observed = await observeIndex(connection, definition, callOptions)
        const next = planStep(observed, { mayBegin, force, graceMs }, Date.now())
        const isChange = next.do !== 'nothing' && next.do !== 'wait'
        const { owner } = observed.versions
        const isClaimed = owner === null ? stack !== undefined : force && owner !== stack
        if (!isChange && !isClaimed)
          return applyStep(deps, next, observed, { force, proveUntil: waitUntil }, callOptions)
        const versions = claimIndex(definition.name, observed.versions, { stack, force })
        if (isChange)
          return applyStep(
            deps,
            next,
            { ...observed, versions },
            { force, proveUntil: waitUntil },
            callOptions,
          )
        return (await commitStep(commit, [saveVersionsArgs(definition.name, versions)])) === CONFLICT
          ? CONFLICT
          : 'stepped'
      })
    const results: StepResult[] = []
    for (;;) {
      const startedAt = performance.now()
      const last = await takeStep()
      results.push(last)
      if (last === 'done' || (isOngoing(last) && Date.now() + POLL_MS > waitUntil)) return results
      if (last === 'waiting') await delay(POLL_MS)
      if (last === 'backfilled') await delay(performance.now() - startedAt)
    }
  })
  const status = await indexStatus({ redis, definition }, callOptions)
  const change = CHANGES.find((one) => results.includes(one))
  return { ...status, change: change ?? status.change }
}

/** More of this step is left, and another call may continue it. */
function isOngoing(result: StepResult): boolean {
  return result === 'waiting' || result === 'backfilled'
}

const CHANGES = ['migrated', 'created'] as const
