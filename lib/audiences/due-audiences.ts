import { isAlive } from '../jobs/liveness.ts'
import { setIfAbsentArgs } from '../redis/commands/strings.ts'
import { audienceKey, readNewest } from './audience-ledger.ts'
import type { AudienceReport } from './audience-report-schema.ts'
import { type ManageAudiencesDeps, refreshAudience } from './manage-audiences.ts'

const LOOKED_AT = 1_000
/** A message may wait behind other audiences for so long before it is sent again. */
const QUEUED_SECONDS = 3_600
const PERIOD_MS = { h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/**
 * Orders the refreshes that are due. Sends the message of a run again if no connection builds it: its message was lost,
 * or the queue gave up. Returns the ids.
 *
 * @param deadAfterSeconds 0 if the caller knows that no job runs and none is queued
 */
export async function startDueAudiences(
  deps: Pick<ManageAudiencesDeps, 'redis' | 'definition' | 'queue'>,
  { deadAfterSeconds = 60 } = {},
): Promise<{ refreshed: string[]; restarted: string[] }> {
  const { redis, queue } = deps
  const refreshed: string[] = []
  const restarted: string[] = []
  for (const { report } of await readNewest(redis, LOOKED_AT)) {
    if (report === undefined) continue
    const { id, run } = report
    if (isDue(report)) {
      await refreshAudience(deps, id)
      refreshed.push(id)
    } else if (isStuck(report, deadAfterSeconds)) {
      const mark = setIfAbsentArgs(`${audienceKey(id)}:queued`, '1', QUEUED_SECONDS)
      const isMarked = deadAfterSeconds > 0 && (await redis.send(mark, { once: true })) === null
      if (isMarked) continue
      await queue.send({ audience: { id, run } })
      restarted.push(id)
    }
  }
  return { refreshed, restarted }
}

/** A failed audience is built again at its time. A cancelled audience is not. */
function isDue({ state, refreshEvery, finishedAt }: AudienceReport): boolean {
  if (refreshEvery === null || finishedAt === null) return false
  if (state === 'QUEUED' || state === 'RUNNING' || state === 'CANCELLED') return false
  return Date.now() >= Date.parse(finishedAt) + periodMs(refreshEvery)
}

function isStuck(report: AudienceReport, deadAfterSeconds: number): boolean {
  if (report.state === 'RUNNING') return !isAlive(report, deadAfterSeconds * 1000)
  const silentMs = Date.now() - Date.parse(report.updatedAt)
  return report.state === 'QUEUED' && (deadAfterSeconds === 0 || silentMs > QUEUED_SECONDS * 1000)
}

/** Milliseconds of `12h`, `1d` or `2w`. */
export function periodMs(period: string): number {
  const unit = period.at(-1)
  const length = unit === 'h' || unit === 'd' || unit === 'w' ? PERIOD_MS[unit] : Number.NaN
  return Number(period.slice(0, -1)) * length
}
