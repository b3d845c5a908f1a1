import { AppError } from '../errors.ts'
import { isAlive } from '../jobs/liveness.ts'
import { zremArgs } from '../redis/commands/sorted-sets.ts'
import { setIfAbsentArgs } from '../redis/commands/strings.ts'
import type { Redis } from '../redis/redis.ts'
import { audienceKey, DUE_KEY, readDue, readReport } from './audience-ledger.ts'
import type { AudienceReport } from './audience-report-schema.ts'
import { hasEnded } from './audience-state.ts'
import { dueTime } from './due-time.ts'
import { type ManageAudiencesDeps, refreshAudience } from './manage-audiences.ts'

/** A message may wait behind other audiences for so long before it is sent again. */
const QUEUED_SECONDS = 3_600

/**
 * Orders the refreshes that are due. Sends the message of a run again if no connection builds it: its message was lost,
 * or the queue gave up. Returns the ids.
 *
 * @param deadAfterSeconds 0 if the caller knows that no job runs and none is queued
 */
export async function startDueAudiences(
  deps: ManageAudiencesDeps,
  { deadAfterSeconds = 60 } = {},
): Promise<{ refreshed: string[]; restarted: string[] }> {
  const refreshed: string[] = []
  const restarted: string[] = []
  const failures: unknown[] = []
  for (const id of await readDue(deps.redis)) {
    try {
      const done = await startDue(deps, id, deadAfterSeconds)
      if (done === 'refreshed') refreshed.push(id)
      if (done === 'restarted') restarted.push(id)
    } catch (error) {
      // Without Redis or the queue, the others would fail too. Any other fault concerns only this audience.
      if (error instanceof AppError && error.retry) throw error
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
  return { refreshed, restarted }
}

async function startDue(
  deps: ManageAudiencesDeps,
  id: string,
  deadAfterSeconds: number,
): Promise<'refreshed' | 'restarted' | undefined> {
  const { redis, objects, queue } = deps
  const report = await readReport(redis, id)
  if (report === undefined) return forget(redis, id)
  // Another stack on this Redis has its own schedule.
  if (report.bucket !== objects.bucket) return undefined
  if (hasEnded(report)) {
    if ((dueTime(report) ?? Number.POSITIVE_INFINITY) > Date.now()) return undefined
    try {
      await refreshAudience(deps, id)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      if (error.code === 'AUDIENCE_NOT_FOUND') return forget(redis, id)
      // A person ordered it meanwhile.
      if (error.code === 'AUDIENCE_RUNNING') return undefined
      throw error
    }
    return 'refreshed'
  }
  if (!isStuck(report, deadAfterSeconds)) return undefined
  // The mark of an earlier run says nothing about this one.
  const mark = setIfAbsentArgs(`${audienceKey(id)}:queued:${report.run}`, '1', QUEUED_SECONDS)
  const isMarked = deadAfterSeconds > 0 && (await redis.send(mark, { once: true })) === null
  if (isMarked) return undefined
  await queue.send({ audience: { id, run: report.run } })
  return 'restarted'
}

/** A deleted audience is not looked at again. */
async function forget(redis: Redis, id: string): Promise<undefined> {
  await redis.send(zremArgs(DUE_KEY, id))
}

function isStuck(report: AudienceReport, deadAfterSeconds: number): boolean {
  if (report.state === 'RUNNING') return !isAlive(report, deadAfterSeconds * 1000)
  const silentMs = Date.now() - Date.parse(report.updatedAt)
  return report.state === 'QUEUED' && (deadAfterSeconds === 0 || silentMs > QUEUED_SECONDS * 1000)
}
