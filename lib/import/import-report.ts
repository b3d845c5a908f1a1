import { createHash } from 'node:crypto'
import type { CreatedObject } from '../s3/s3-event.ts'
import type { ImportOptions } from './import-options.ts'
import type { ImportReport, ImportState } from './import-report-schema.ts'

/** A job: the object, its content by ETag, and the options. */
export type ImportJob = CreatedObject & Partial<ImportOptions>

/**
 * Names an object's import in URLs and in Redis. An object has one import at a time, and at most one dry run next to
 * it.
 */
export function importId(bucket: string, key: string, dryRun = false): string {
  const name = createHash('sha256').update(`${bucket}/${key}`).digest('hex').slice(0, 16)
  return dryRun ? `${name}-dry-run` : name
}

/** S3's limit for a key, less the longest ending of those that belong to an import. */
const MAX_STEM_BYTES = 1024 - '.rejects.ndjson'.length

/**
 * `imports/a/users.ndjson` → `reports/a/users.ndjson.<etag>`. A key that leaves no room for the ending is cut, and a
 * hash of the whole key keeps it apart from others that begin like it.
 */
export function reportStem(
  { importPrefix, reportPrefix }: { importPrefix: string; reportPrefix: string },
  { key, etag, dryRun }: Pick<ImportReport, 'key' | 'etag' | 'dryRun'>,
): string {
  const name = key.startsWith(importPrefix) ? key.slice(importPrefix.length) : key
  const end = `.${etag ?? 'unknown'}${dryRun ? '.dry-run' : ''}`
  const room = MAX_STEM_BYTES - Buffer.byteLength(reportPrefix + end)
  if (Buffer.byteLength(name) <= room) return `${reportPrefix}${name}${end}`
  const hash = `~${createHash('sha256').update(key).digest('hex').slice(0, 16)}`
  const cut = Buffer.from(name).toString('utf8', 0, room - hash.length)
  // A character that is cut in two becomes U+FFFD, of three bytes in place of one to three.
  return `${reportPrefix}${cut.replace(/\ufffd$/, '')}${hash}${end}`
}

/** COMPLETED: every record of the file can be found. FAILED: no record could be read. */
export function finalState(report: ImportReport): ImportState {
  const { problem, read, rejected, searchable, written, dryRun } = report
  if (problem !== null && read === 0) return 'FAILED'
  const isSearchable = dryRun || searchable === written
  return problem === null && rejected === 0 && isSearchable ? 'COMPLETED' : 'PARTIAL'
}

const MAX_WARNINGS = 20

/** Adds a warning, unless an earlier invocation has read the same place. */
export function addWarning(report: ImportReport, warning: string): void {
  if (report.warnings.length < MAX_WARNINGS && !report.warnings.includes(warning))
    report.warnings.push(warning)
}

/** Adds the warnings that follow from the counts, once a file is read to its end. */
export function addFinalWarnings(report: ImportReport): void {
  const { read, written, unchanged, problem, rejected, rejectsListed, fields } = report
  if (read === 0 && problem === null) addWarning(report, 'The file has no records')
  const users = written + unchanged
  for (const { path, missing, doubts } of fields) {
    if (users > 0 && missing >= users) addWarning(report, `No user in the file has the field ${path}`)
    for (const { reason, users } of doubts) addWarning(report, `In ${path}, ${users} users have ${reason}`)
  }
  if (rejected <= rejectsListed) return
  addWarning(report, `The rejects' file has the first ${rejectsListed} of ${rejected} rejects`)
}

/** The report of an import that has just begun. */
export function newReport(
  bucket: string,
  { key, etag, sequencer }: CreatedObject,
  { dryRun, onError }: Omit<ImportOptions, 'force'>,
  definition: string,
): ImportReport {
  const now = new Date().toISOString()
  return {
    id: importId(bucket, key, dryRun),
    state: 'RUNNING',
    bucket,
    key,
    etag: etag ?? null,
    sequencer: sequencer ?? null,
    definition,
    dryRun,
    onError,
    durability: null,
    read: 0,
    written: 0,
    unchanged: 0,
    deleted: 0,
    rejected: 0,
    searchable: 0,
    format: null,
    problem: null,
    warnings: [],
    waiting: null,
    rejects: null,
    rejectsListed: 0,
    rejectsByCode: [],
    fields: [],
    reportKey: null,
    bytesRead: 0,
    size: 0,
    startedAt: now,
    updatedAt: now,
    finishedAt: null,
  }
}
