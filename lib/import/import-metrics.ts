import type { MetricValues } from '../lambda/metrics.ts'
import type { Redis } from '../redis/redis.ts'
import type { ImportReport, ImportState } from './import-report-schema.ts'
import { newestHundred } from './newest-imports.ts'
import { readUnread } from './unread-objects.ts'

const COUNTER: Record<Exclude<ImportState, 'RUNNING'>, keyof MetricValues> = {
  COMPLETED: 'ImportsCompleted',
  PARTIAL: 'ImportsPartial',
  FAILED: 'ImportsFailed',
  ABORTED: 'ImportsAborted',
  SUPERSEDED: 'ImportsSuperseded',
  CANCELLED: 'ImportsCancelled',
  DUPLICATE: 'ImportsDuplicate',
}

/** The metrics of a finished import. A dry run and a RUNNING import have none; a DUPLICATE read no record. */
export function importMetrics(report: ImportReport): MetricValues {
  const { state, dryRun, startedAt, finishedAt } = report
  if (state === 'RUNNING' || dryRun) return {}
  if (state === 'DUPLICATE') return { ImportsDuplicate: 1 }
  return {
    [COUNTER[state]]: 1,
    RecordsRead: report.read,
    RecordsWritten: report.written,
    RecordsUnchanged: report.unchanged,
    RecordsDeleted: report.deleted,
    RecordsRejected: report.rejected,
    RecordsUnsearchable: Math.max(0, report.written - report.searchable),
    ImportSeconds: finishedAt === null ? null : (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000,
  }
}

/** The metrics of the schedule: what runs, and what could not be read. */
export async function scheduledMetrics(
  { redis, objects: { bucket } }: { redis: Redis; objects: { bucket: string } },
  restarted: number,
): Promise<MetricValues> {
  const [imports, unread] = await Promise.all([newestHundred(redis, { bucket }), readUnread(redis, bucket)])
  const started = imports.filter(({ state }) => state === 'RUNNING').map((one) => Date.parse(one.startedAt))
  return {
    ImportsRunning: started.length,
    OldestRunningImportSeconds:
      started.length === 0 ? 0 : Math.round((Date.now() - Math.min(...started)) / 1000),
    ImportsRestarted: restarted,
    UnreadObjects: unread?.failed ?? null,
  }
}

/** The members of a report by which a log joins it: with its object, its file and the API. */
export function importIds({ id, key, etag, state, reportKey }: ImportReport): Record<string, unknown> {
  return { importId: id, key, etag, state, reportKey }
}
