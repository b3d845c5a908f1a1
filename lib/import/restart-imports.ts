import { DEAD_AFTER_MS, isAlive } from '../jobs/liveness.ts'
import { expireAtOnceArgs, setIfAbsentArgs } from '../redis/commands/strings.ts'
import type { Redis } from '../redis/redis.ts'
import type { ListedObject, ObjectReference, ObjectStore } from '../s3/object-store.ts'
import type { Queue } from '../sqs/queue.ts'
import { ledgerKey, readImport } from './import-ledger.ts'
import { importOptions } from './import-options.ts'
import { type ImportJob, importId } from './import-report.ts'
import type { ImportStatus } from './import-report-schema.ts'
import { isMarker } from './markers.ts'
import { saveUnread, unreadObjects } from './unread-objects.ts'

export interface RestartDeps {
  redis: Redis
  objects: ObjectStore
  queue: Queue
  importPrefix: string
}

/** A message waits behind other imports; until then it need not be sent again. */
const QUEUED_SECONDS = 3_600

/**
 * Starts the import of every object below the prefix that has not been imported as it is: its event was lost, or Redis
 * lost its data, or the import died and no message is left to try again. Saves which objects no import has read.
 *
 * @returns the started ones
 */
export async function restartImports(
  { redis, objects, queue, importPrefix }: RestartDeps,
  { deadAfterSeconds = DEAD_AFTER_MS / 1000 } = {},
): Promise<ImportJob[]> {
  const { bucket } = objects
  const started: ImportJob[] = []
  const unread = unreadObjects()

  async function restart({ key, etag }: ListedObject): Promise<void> {
    const id = importId(bucket, key)
    const status = await readImport(redis, id)
    if (status !== undefined && isTakenCareOf(etag, status, deadAfterSeconds)) return unread.addFailed(status)
    const dryRun = await readImport(redis, importId(bucket, key, true))
    // A dry run that the API started is no import. A dry run that the object's own metadata asks for is the whole import.
    if (isTakenCareOf(etag, dryRun, deadAfterSeconds) && (await asksForDryRun({ key, etag }))) return
    unread.addQueued(key)
    const job: ImportJob = { bucket, key, etag }
    const mark = `${ledgerKey(id)}:queued:${etag}`
    try {
      // A caller that knows that no import is running knows that none is queued, too.
      if (deadAfterSeconds > 0 && (await wasMarked(redis, mark))) return
      await queue.send({ job })
    } catch (error) {
      // Else it would pass for queued for an hour. One message too many, where another's mark goes, is a duplicate.
      await redis.send(expireAtOnceArgs(mark)).catch(() => {})
      throw error
    }
    started.push(job)
  }

  async function asksForDryRun(object: ObjectReference): Promise<boolean> {
    try {
      return importOptions({}, (await objects.head(object)).metadata).dryRun
    } catch {
      // Replaced or gone since it was listed, or its metadata are wrong: its import says so.
      return false
    }
  }

  for await (const page of objects.list(importPrefix)) {
    for (const { key } of page) if (isMarker(key)) unread.addMarker(key)
    await Promise.all(page.filter(({ key }) => !isMarker(key)).map(restart))
  }
  await saveUnread(redis, bucket, unread.result())
  return started
}

function isTakenCareOf(etag: string, status: ImportStatus | undefined, deadAfterSeconds: number): boolean {
  if (status === undefined || status.etag !== etag) return false
  // The object was replaced while it was read, and has this content again.
  if (status.state === 'SUPERSEDED') return false
  return status.state !== 'RUNNING' || isAlive(status, deadAfterSeconds * 1000)
}

/** Marks that an import is on the queue; true when that was marked before. */
async function wasMarked(redis: Redis, mark: string): Promise<boolean> {
  return (await redis.send(setIfAbsentArgs(mark, '1', QUEUED_SECONDS), { once: true })) === null
}
