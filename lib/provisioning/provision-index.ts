import { setTimeout as delay } from 'node:timers/promises'
import * as v from 'valibot'
import { AppError } from '../errors.ts'
import { type IndexDeps, indexStatus } from '../index-state/index-status.ts'
import type { ProvisionResult } from '../index-state/index-status-schema.ts'
import { UNWATCH } from '../redis/commands/transactions.ts'
import type { CallOptions, Deadline, RedisPool } from '../redis/redis.ts'
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
/** Of twenty at once each may have to look nineteen times again. */
const MAX_CONFLICTS = 100

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
  const results = await redis.lease(async (connection) => {
    const results: StepResult[] = []
    const step = async (): Promise<StepResult> => {
      const observed = await observeIndex(connection, definition, callOptions)
      const next = planStep(observed, { mayBegin, force, graceMs }, Date.now())
      return applyStep({ connection, definition }, next, observed, { force }, callOptions)
    }
    try {
      for (;;) {
        const startedAt = performance.now()
        const last = await step()
        results.push(last)
        if (last === 'done' || (isOngoing(last) && Date.now() + POLL_MS > waitUntil)) return results
        if (results.filter((one) => one === 'conflict').length > MAX_CONFLICTS)
          throw conflict(definition.name)
        if (last === 'waiting') await delay(POLL_MS)
        if (last === 'copied') await delay(performance.now() - startedAt)
      }
    } finally {
      // The connection goes back to the others, for whom the watched key means nothing.
      await connection.send(UNWATCH, callOptions).catch(() => {})
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

function conflict(name: string): AppError {
  return new AppError('REDIS_BUSY', `Expected to change the index ${name}, others were faster`)
}
