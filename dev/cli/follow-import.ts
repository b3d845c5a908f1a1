import { setTimeout as delay } from 'node:timers/promises'
import { importId } from '../../lib/import/import-report.ts'
import type { ShownImport } from '../../lib/import/import-report-schema.ts'
import { type Api, ApiError } from './api.ts'

const POLL_MS = 200
const PATIENCE_MS = 180_000

export interface ImportedObject {
  bucket: string
  key: string
  dryRun?: boolean
}

/** How the newest import of an object stands; undefined when there was none. */
export async function readImport(
  api: Api,
  { bucket, key, dryRun = false }: ImportedObject,
): Promise<ShownImport | undefined> {
  try {
    return (await api.get(`/imports/${importId(bucket, key, dryRun)}`)) as ShownImport
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined
    throw error
  }
}

/** The import that followed an upload, or the earlier one that had this content already. */
export type FollowedImport = ShownImport & { isDuplicate: boolean }

/**
 * Waits for the import of an object's content to end, and tells of each step.
 *
 * @param before the import that was the newest before the upload, which is not the one to follow
 */
export async function followImport(
  api: Api,
  { etag, before, ...object }: ImportedObject & { etag: string; before: ShownImport | undefined },
  onProgress: (status: ShownImport) => void = () => {},
): Promise<FollowedImport> {
  const { key } = object
  let heardAt = Date.now()
  let last = ''
  while (Date.now() - heardAt < PATIENCE_MS) {
    const status = await readImport(api, object)
    const isNew = status?.startedAt !== before?.startedAt
    if (status !== undefined && (isNew || status.duplicateAt !== before?.duplicateAt)) {
      if (status.etag !== etag) throw new Error(`${key} was replaced by another upload meanwhile`)
      onProgress(status)
      if (status.state !== 'RUNNING') return { ...status, isDuplicate: !isNew }
      if (status.updatedAt !== last) heardAt = Date.now()
      last = status.updatedAt
    }
    await delay(POLL_MS)
  }
  throw new Error(
    `Nothing was heard of the import of ${key} for ${PATIENCE_MS / 60_000} minutes: see the importer's log`,
  )
}
