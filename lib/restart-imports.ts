import { readProgress } from './import/import-progress.ts'
import { type ImportJob, type ImportReport, importId } from './import/import-report.ts'
import { recordReader } from './import/record-source.ts'
import type { Redis } from './redis/redis.ts'
import type { ListedObject, ObjectStore } from './s3/object-store.ts'
import type { Queue } from './sqs/queue.ts'

export interface RestartDeps {
  redis: Redis
  objects: ObjectStore
  queue: Queue
  importPrefix: string
}

/** A running import saves its progress twice a second; one that has been silent for this long has died. */
const DEAD_AFTER_MS = 60_000

/**
 * Starts the import of every object that lies under the prefix and has not been imported as it lies there: its event
 * was lost, or Redis lost its data, or the import died with nobody left to try again. Gives the started ones.
 */
export async function restartImports({
  redis,
  objects,
  queue,
  importPrefix,
}: RestartDeps): Promise<ImportJob[]> {
  const started: ImportJob[] = []
  for await (const page of objects.list(importPrefix)) {
    for (const object of page.filter(({ key }) => recordReader(key) !== undefined)) {
      const progress = await readProgress(redis, importId(objects.bucket, object.key))
      if (progress !== undefined && isTakenCareOf(object, progress)) continue
      const job: ImportJob = { bucket: objects.bucket, key: object.key, etag: object.etag }
      await queue.send({ job })
      started.push(job)
    }
  }
  return started
}

function isTakenCareOf({ etag }: ListedObject, progress: ImportReport): boolean {
  if (progress.etag !== etag) return false
  return progress.state !== 'RUNNING' || Date.now() - Date.parse(progress.updatedAt) < DEAD_AFTER_MS
}
