import { hgetArgs } from '../redis/commands/hashes.ts'
import { type Connection, replyOf } from '../redis/redis.ts'
import { audienceKey, type Checkpoint, saveArgs } from './audience-ledger.ts'
import { addWarning } from './audience-report.ts'
import type { AudienceReport } from './audience-report-schema.ts'
import type { Pacer } from './pacer.ts'

/** A job that saves nothing for a minute counts as dead. */
const EVERY_MS = 2_000

/** Saves a job's progress: with a checkpoint at once, otherwise every two seconds. */
export function progressSaver(connection: Connection, report: AudienceReport, pace: Pacer) {
  const before = report.redisMs
  /** The report's number at the last checkpoint, from which a killed job continues. */
  let settled = { scanned: report.scanned }
  const redisMs = () => Math.round(before + pace.busyMs)

  return {
    redisMs,
    warn: (warning: string) => addWarning(report, warning),
    /** Says whether the job was cancelled. */
    async save(checkpoint?: Checkpoint): Promise<boolean> {
      if (checkpoint === undefined && Date.now() - Date.parse(report.updatedAt) < EVERY_MS) return false
      if (checkpoint !== undefined) settled = { scanned: report.scanned }
      Object.assign(report, { updatedAt: new Date().toISOString(), redisMs: redisMs() })
      const saved = { ...report, scanned: settled.scanned, percent: report.percent }
      const outcomes = await connection.pipeline([
        saveArgs(saved, checkpoint),
        hgetArgs(audienceKey(report.id), 'cancelled'),
      ])
      return outcomes.map(replyOf).at(-1) !== null
    },
  }
}
