import { setTimeout as delay } from 'node:timers/promises'
import { type ImportReport, importId } from '../../lib/import/import-report.ts'
import { type Api, ApiError } from './api.ts'

const POLL_MS = 200
const PATIENCE_MS = 180_000

/** How the newest import of an object stands; undefined when there was none. */
export async function readImport(api: Api, bucket: string, key: string): Promise<ImportReport | undefined> {
  try {
    return (await api.get(`/imports/${importId(bucket, key)}`)) as ImportReport
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined
    throw error
  }
}

/**
 * Waits for the import of an object's content to end, and tells of each step.
 *
 * @param before the import that was the newest before the upload, which is not the one to follow
 */
export async function followImport(
  api: Api,
  {
    bucket,
    key,
    etag,
    before,
  }: { bucket: string; key: string; etag: string; before: ImportReport | undefined },
  onProgress: (report: ImportReport) => void = () => {},
): Promise<ImportReport> {
  let heardAt = Date.now()
  let last = ''
  while (Date.now() - heardAt < PATIENCE_MS) {
    const report = await readImport(api, bucket, key)
    if (report !== undefined && report.startedAt !== before?.startedAt) {
      if (report.etag !== etag) throw new Error(`${key} was replaced by another upload meanwhile`)
      onProgress(report)
      if (report.state !== 'RUNNING') return report
      if (report.updatedAt !== last) heardAt = Date.now()
      last = report.updatedAt
    }
    await delay(POLL_MS)
  }
  throw new Error(
    `Nothing was heard of the import of ${key} for ${PATIENCE_MS / 60_000} minutes: see the importer's log`,
  )
}
