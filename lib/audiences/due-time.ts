import type { AudienceReport } from './audience-report-schema.ts'
import { hasEnded } from './audience-state.ts'

const PERIOD_MS = { h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/**
 * When the schedule must look at an audience, in milliseconds: at once while it is not built, because its message may be
 * lost; then when its refresh is due; undefined for never. A cancelled audience is not refreshed by the schedule.
 */
export function dueTime(report: AudienceReport): number | undefined {
  const { state, refreshEvery, finishedAt, updatedAt } = report
  if (!hasEnded(report)) return Date.parse(updatedAt)
  if (state === 'CANCELLED' || refreshEvery === null || finishedAt === null) return undefined
  return Date.parse(finishedAt) + periodMs(refreshEvery)
}

/** Milliseconds of `12h`, `1d` or `2w`. */
export function periodMs(period: string): number {
  const unit = period.at(-1)
  const length = unit === 'h' || unit === 'd' || unit === 'w' ? PERIOD_MS[unit] : Number.NaN
  return Number(period.slice(0, -1)) * length
}
