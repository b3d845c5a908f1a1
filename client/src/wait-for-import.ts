import type { Import } from './api.ts'
import { type CallOptions, pause } from './call.ts'

export interface WaitOptions extends CallOptions {
  /** The newest import of the object before this one: the wait is not for that one. */
  before?: Import | undefined
  /** The ETag of the content. The wait ends with an error if another upload replaces it. */
  etag?: string | undefined
  onProgress?: ((status: Import) => void) | undefined
  /** The first interval between two requests. It grows to ten times as much: an import may take hours. */
  pollMs?: number | undefined
  /** How long the wait goes on without news of the import. */
  patienceMs?: number | undefined
}

/** Asks for the status of an import until the import has ended. */
export async function waitForImport(
  id: string,
  find: (id: string, options: CallOptions) => Promise<Import | undefined>,
  { before, etag, onProgress, pollMs = 200, patienceMs = 180_000, signal }: WaitOptions,
): Promise<Import> {
  let heardAt = Date.now()
  let last = ''
  let interval = pollMs
  while (Date.now() - heardAt < patienceMs) {
    const status = await find(id, { signal })
    if (status !== undefined && isNews(status, before, etag)) {
      if (etag !== undefined && status.etag !== etag)
        throw new Error(`Another upload replaced ${status.key} during its import`)
      onProgress?.(status)
      if (status.state !== 'RUNNING' || status.waiting) return status
      if (status.updatedAt !== last) heardAt = Date.now()
      last = status.updatedAt
    }
    await pause(interval, signal)
    interval = longerInterval(interval, pollMs)
  }
  const seconds = patienceMs / 1000
  throw new Error(
    `Expected news of the import ${id} within ${seconds} s, got none: see the log of the importer`,
  )
}

/** The next interval, after 25 polls ten times the first one. */
export function longerInterval(interval: number, first: number): number {
  return Math.min(interval * 1.1, first * 10)
}

/** Whether a status is of the awaited import: of a later one than `before`, or of that one as it goes on. */
function isNews(status: Import, before: Import | undefined, etag: string | undefined): boolean {
  const { startedAt, duplicateAt, updatedAt, state } = status
  if (before === undefined || startedAt !== before.startedAt || duplicateAt !== before.duplicateAt)
    return true
  const isContinued = before.state === 'RUNNING' && status.etag === etag
  return isContinued && (state !== 'RUNNING' || updatedAt !== before.updatedAt)
}
