import { definitionHash, type IndexDefinition } from '../definition.ts'
import type { AudienceReport } from './audience-report-schema.ts'
import { AUDIENCE_PREFIX, type AudienceRequest } from './audience-request.ts'

/** An `a` and 15 hexadecimal digits. */
export const AUDIENCE_ID = /^a[0-9a-f]{15}$/

/** `audiences/<id>/` */
export function audienceFolder(id: string): string {
  return `${AUDIENCE_PREFIX}${id}/`
}

/** The files that only the job needs. It deletes them at the end. */
export function workFolder(id: string): string {
  return `${audienceFolder(id)}work/`
}

export function newReport(
  id: string,
  run: number,
  request: AudienceRequest,
  definition: IndexDefinition,
  bucket: string,
): AudienceReport {
  const now = new Date().toISOString()
  const { name = id, strategy, size, format, gzip, refreshEvery = null } = request
  return {
    ...{ id, name, run, bucket, state: 'QUEUED', percent: 0, strategy, size, format, gzip, refreshEvery },
    definition: definitionHash(definition),
    index: null,
    scanned: 0,
    counts: NO_COUNTS,
    curve: [],
    holdout: null,
    certificate: null,
    seeds: NO_SEEDS,
    changes: null,
    files: { audience: null, manifest: null, problems: null, entered: null, left: null, stayed: null },
    ...{ bytes: 0, sha256: null, redisMs: 0, problem: null, warnings: [] },
    ...{ createdAt: now, startedAt: null, updatedAt: now, finishedAt: null },
  }
}

const NO_COUNTS = {
  ...{ matched: 0, exported: 0, seeds: 0, excluded: 0, unliked: 0, beyondSize: 0, unreadable: 0 },
}

export const NO_SEEDS = {
  ...{ given: 0, used: 0, missing: 0, unsearchable: 0, doubled: 0, unreadable: 0 },
  ...{ scatter: null, drewNobody: null },
}

const MAX_WARNINGS = 20

export function addWarning(report: AudienceReport, warning: string): void {
  if (report.warnings.length < MAX_WARNINGS && !report.warnings.includes(warning))
    report.warnings.push(warning)
}
