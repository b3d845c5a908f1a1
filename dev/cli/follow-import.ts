import { statSync } from 'node:fs'
import type { OnError } from '../../lib/import/import-options.ts'
import { importId } from '../../lib/import/import-report.ts'
import type { ShownImport } from '../../lib/import/import-report-schema.ts'
import type { ImportBar } from './import-progress.ts'
import type { FollowedImport } from './import-text.ts'
import type { Target } from './target.ts'
import { upload } from './upload.ts'

export interface ImportSettings {
  onError?: OnError | undefined
  dryRun?: boolean | undefined
}

/** How the following of a file ended: with its import, or at Ctrl-C before that. */
export type Followed =
  | { state: 'ended'; report: FollowedImport }
  | { state: 'going on'; key: string; id: string }
  | { state: 'not uploaded'; key: string }

export interface Following {
  /** Ends the following, not the import. */
  signal: AbortSignal
  patience: Patience
}

/** Uploads a file, and follows its import to the end. */
export async function importFile(
  target: Target,
  { file, key }: { file: string; key: string },
  { onError, dryRun = false }: ImportSettings,
  bar: ImportBar,
  { signal, patience }: Following,
): Promise<Followed> {
  const id = importId(target.bucket, key, dryRun)
  const metadata = {
    ...(onError !== undefined && { 'on-error': onError }),
    ...(dryRun && { 'dry-run': 'true' }),
  }
  const { size } = statSync(file)
  let before: ShownImport | undefined
  let etag: string
  try {
    before = await target.api.imports.find(id, { signal })
    const onProgress = (bytes: number) => {
      patience.renew()
      bar.uploaded(bytes, size)
    }
    etag = await upload(target, { file, key, metadata }, { onProgress, signal })
  } catch (error) {
    if (signal.aborted) return { state: 'not uploaded', key }
    throw error
  }
  return followImport(target, { id, key, before, etag }, bar, { signal, patience })
}

export interface ImportToFollow {
  id: string
  key: string
  /** The import that was the newest before the upload. */
  before?: ShownImport | undefined
  /** The content that is meant. */
  etag?: string
}

export async function followImport(
  { api }: Pick<Target, 'api'>,
  { id, key, before, etag }: ImportToFollow,
  bar: ImportBar,
  { signal, patience }: Following,
): Promise<Followed> {
  let last = ''
  const onProgress = (status: ShownImport) => {
    if (status.updatedAt !== last) patience.renew()
    last = status.updatedAt
    bar.imported(status)
  }
  try {
    const report = await api.imports.wait(id, {
      before,
      ...(etag !== undefined && { etag }),
      onProgress,
      signal: AbortSignal.any([signal, patience.signal]),
      // Ours counts the news of all files.
      patienceMs: Number.POSITIVE_INFINITY,
    })
    // This upload is no duplicate where the import was still running before: that one goes on.
    const hadEnded = before !== undefined && before.state !== 'RUNNING'
    const isDuplicate = hadEnded && report.startedAt === before.startedAt
    return { state: 'ended', report: { ...report, isDuplicate } }
  } catch (error) {
    if (signal.aborted) return { state: 'going on', key, id }
    throw error
  }
}

export interface Patience {
  /** Aborts after too long without news. */
  signal: AbortSignal
  renew(): void
  end(): void
}

/**
 * Ends the waiting when none of the files has news for three minutes. One file alone may be silent for longer: it waits
 * in the queue behind the others.
 */
export function havePatience(ms = 180_000): Patience {
  const controller = new AbortController()
  const message = `Expected news of the import, got none for ${ms / 1000} s: see the importer's log`
  const timer = setTimeout(() => controller.abort(new Error(message)), ms)
  return {
    signal: controller.signal,
    renew: () => void timer.refresh(),
    end: () => clearTimeout(timer),
  }
}
