import { randomUUID } from 'node:crypto'
import { type Connection, replyOf } from '../redis/redis.ts'
import { transact } from '../redis/transact.ts'
import type { ObjectStore } from '../s3/object-store.ts'
import { uploadStream } from '../s3/upload-stream.ts'
import { type LastAudience, saveEndArgs } from './audience-ledger.ts'
import { audienceFolder, workFolder } from './audience-report.ts'
import type { AudienceReport, AudienceState } from './audience-report-schema.ts'
import { type Change, encodeMembers } from './change-log.ts'
import type { AudienceClaim } from './claim-audience.ts'
import { csvFile } from './formats/csv.ts'
import { type Column, ROWS_A_BATCH } from './formats/row.ts'
import { toSevenDigits } from './statistics.ts'
import type { Written } from './write-audience.ts'

interface EndDeps {
  connection: Connection
  objects: ObjectStore
}

/**
 * Writes the other files of the audience, the manifest last, and ends the run: when Redis says that an audience is ready,
 * its files exist. Then it deletes the files that only the job needed.
 */
export async function endAudience(
  { connection, objects }: EndDeps,
  { report, request, last }: AudienceClaim,
  state: AudienceState,
  written?: Written,
): Promise<AudienceReport> {
  const now = new Date().toISOString()
  Object.assign(report, { state, updatedAt: now, finishedAt: now })
  let next: LastAudience | undefined
  if (written !== undefined) {
    report.percent = 100
    next = await writeBeside(objects, report, written)
    const manifest = `${audienceFolder(report.id)}manifest.json`
    report.files.manifest = manifest
    await objects.put(manifest, JSON.stringify({ ...report, request }, null, 2), 'application/json')
  }
  const outcomes = await transact(connection, saveEndArgs(report, next))
  outcomes?.map(replyOf)
  // Best effort: the bucket's lifecycle would clear it away, too.
  await removeWork(objects, report.id, next === undefined ? undefined : last).catch(() => {})
  return report
}

async function writeBeside(
  objects: ObjectStore,
  report: AudienceReport,
  { members, problems, changes, seeds }: Written,
): Promise<LastAudience> {
  const folder = audienceFolder(report.id)
  const compared = changes.compare(members)
  report.changes = null
  Object.assign(report.files, { entered: null, left: null, stayed: null })
  if (compared !== null) {
    const { entered, left, stayed } = compared
    report.changes = { entered: entered.length, left: left.length, stayed: stayed.length }
    for (const [name, users] of Object.entries({ entered, left, stayed })) {
      const key = `${folder}${name}.csv`
      await putChanges(objects, key, users)
      Object.assign(report.files, { [name]: key })
    }
  }
  report.files.problems = problems.length === 0 ? null : `${folder}seeds-problems.ndjson`
  if (report.files.problems !== null) {
    const lines = problems.map((problem) => `${JSON.stringify(problem)}\n`).join('')
    await objects.put(report.files.problems, lines, 'application/x-ndjson')
  }
  const key = `${folder}members/${report.run}-${randomUUID()}`
  await objects.put(key, encodeMembers(report.id, members), 'application/octet-stream')
  const finishedAt = report.finishedAt ?? new Date().toISOString()
  const isUncut = 'minSimilarity' in report.size || report.counts.beyondSize === 0
  return { run: report.run, members: key, definition: report.definition, seeds, isUncut, finishedAt }
}

const CHANGE_COLUMNS: Column[] = [
  { name: 'id', type: 'text' },
  { name: 'rank', type: 'integer' },
  { name: 'similarity', type: 'number' },
  { name: 'rankBefore', type: 'integer' },
  { name: 'similarityBefore', type: 'number' },
  { name: 'reason', type: 'text' },
]

async function putChanges(objects: ObjectStore, key: string, changes: readonly Change[]): Promise<void> {
  const digits = (similarity: number | null) => (similarity === null ? null : toSevenDigits(similarity))
  async function* rows() {
    for (let from = 0; from < changes.length; from += ROWS_A_BATCH) {
      yield changes
        .slice(from, from + ROWS_A_BATCH)
        .map(({ id, rank, similarity, rankBefore, similarityBefore, reason }) => [
          ...[id, rank, digits(similarity), rankBefore, digits(similarityBefore), reason],
        ])
    }
  }
  await uploadStream(
    objects,
    { key, contentType: 'text/csv; charset=utf-8' },
    csvFile(CHANGE_COLUMNS, rows()),
  )
}

async function removeWork(objects: ObjectStore, id: string, last: LastAudience | undefined): Promise<void> {
  const keys: string[] = last === undefined ? [] : [last.members]
  for await (const page of objects.list(workFolder(id))) keys.push(...page.map(({ key }) => key))
  await objects.remove(keys)
}
