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

/** A running import saves its progress with every window, which has 30 s; one that is silent for longer has died. */
const DEAD_AFTER_SECONDS = 60

/**
 * Starts the import of every object that lies under the prefix and has not been imported as it lies there: its event
 * was lost, or Redis lost its data, or the import died with nobody left to try again. Gives the started ones.
 */
export async function restartImports(
  { redis, objects, queue, importPrefix }: RestartDeps,
  { deadAfterSeconds = DEAD_AFTER_SECONDS } = {},
): Promise<ImportJob[]> {
  const started: ImportJob[] = []
  for await (const page of objects.list(importPrefix)) {
    for (const object of page.filter(({ key }) => recordReader(key) !== undefined)) {
      const progress = await readProgress(redis, importId(objects.bucket, object.key))
      if (progress !== undefined && isTakenCareOf(object, progress, deadAfterSeconds)) continue
      const job: ImportJob = { bucket: objects.bucket, key: object.key, etag: object.etag }
      await queue.send({ job })
      started.push(job)
    }
  }
  return started
}

function isTakenCareOf(
  { etag }: ListedObject,
  { etag: known, state, updatedAt }: ImportReport,
  deadAfterSeconds: number,
) {
  if (known !== etag) return false
  return state !== 'RUNNING' || Date.now() - Date.parse(updatedAt) < deadAfterSeconds * 1000
}
