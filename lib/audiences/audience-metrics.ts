import type { MetricValues } from '../lambda/metrics.ts'
import type { Redis } from '../redis/redis.ts'
import { readNewest } from './audience-ledger.ts'
import type { AudienceReport } from './audience-report-schema.ts'

/** The metrics of an audience that has ended. A cancelled or unfinished audience has none. */
export function audienceMetrics({ state, counts, startedAt, finishedAt }: AudienceReport): MetricValues {
  if (state === 'FAILED') return { AudiencesFailed: 1 }
  if (state !== 'COMPLETED' && state !== 'PARTIAL') return {}
  const isTimed = startedAt !== null && finishedAt !== null
  return {
    AudiencesBuilt: 1,
    AudienceUsers: counts.exported,
    AudienceSeconds: isTimed ? (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000 : null,
  }
}

const LOOKED_AT = 1_000

/** The metrics of the schedule: audiences that wait or are being built. */
export async function scheduledMetrics(
  { redis, objects }: { redis: Redis; objects: { bucket: string } },
  restarted: number,
): Promise<MetricValues> {
  const reports = (await readNewest(redis, LOOKED_AT)).flatMap(({ report }) =>
    report?.bucket === objects.bucket ? report : [],
  )
  const open = reports.filter(({ state }) => state === 'QUEUED' || state === 'RUNNING')
  // A refresh begins a new run of an old audience.
  const since = open.map((one) => Date.parse(one.startedAt ?? one.updatedAt))
  return {
    AudiencesRunning: open.length,
    OldestRunningAudienceSeconds:
      since.length === 0 ? 0 : Math.round((Date.now() - Math.min(...since)) / 1000),
    AudiencesRestarted: restarted,
  }
}
