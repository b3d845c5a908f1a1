import { definitionHash, type IndexDefinition } from '../definition.ts'
import { AppError } from '../errors.ts'
import type { CallOptions, Redis } from '../redis/redis.ts'
import type { ObjectStore } from '../s3/object-store.ts'
import type { Queue } from '../sqs/queue.ts'
import { classifyEvent } from './classify-event.ts'
import { cancelArgs, readImport, readLedger } from './import-ledger.ts'
import { importOptions, type StartImport } from './import-options.ts'
import { importId } from './import-report.ts'
import type { ImportStatus, ShownImport, StartedImport } from './import-report-schema.ts'
import { isMarker } from './markers.ts'
import { newestHundred } from './newest-imports.ts'
import { readUnread, type UnreadObjects } from './unread-objects.ts'

export interface ManageImportsDeps {
  redis: Redis
  definition: IndexDefinition
  objects: ObjectStore
  queue: Queue
  importPrefix: string
}

type ListDeps = Pick<ManageImportsDeps, 'redis'> & { objects?: { bucket: string } }

/** The newest imports, newest first, and the objects that none of them has read. */
export async function listImports(
  { redis, objects }: ListDeps,
  options?: CallOptions,
): Promise<{ imports: ShownImport[]; unread: UnreadObjects | null }> {
  const [imports, unread] = await Promise.all([
    newestHundred(redis, { ...options, bucket: objects?.bucket }),
    objects === undefined ? null : readUnread(redis, objects.bucket, options),
  ])
  return { imports: imports.map(shown), unread }
}

/** @throws AppError IMPORT_NOT_FOUND */
export async function showImport(
  { redis, objects }: ListDeps,
  id: string,
  options?: CallOptions,
): Promise<ShownImport> {
  const status = await readImport(redis, id, options)
  // An import of another stack on this Redis does not exist for this one.
  const isOurs = objects === undefined || status?.bucket === objects.bucket
  if (status !== undefined && isOurs) return shown(status)
  throw new AppError('IMPORT_NOT_FOUND', `Expected the id of an import, got ${JSON.stringify(id)}`)
}

/**
 * Puts the import on the queue. It is DUPLICATE, and nothing is done, when the object is imported as it is and `force`
 * is not asked for.
 *
 * @throws AppError REQUEST_INVALID, OBJECT_NOT_FOUND, OBJECT_UNAVAILABLE, QUEUE_UNAVAILABLE
 */
export async function startImport(
  { redis, definition, objects, queue, importPrefix }: ManageImportsDeps,
  { key, ...asked }: StartImport,
  options?: CallOptions,
): Promise<StartedImport> {
  if (!key.startsWith(importPrefix) || isMarker(key)) {
    const got = `${JSON.stringify(key)}${isMarker(key) ? ', a marker that no import reads' : ''}`
    const message = `Expected the key of a file of users below ${importPrefix}, got ${got}`
    throw new AppError('REQUEST_INVALID', `key: ${message}`, { problems: [{ path: 'key', message }] })
  }
  const { etag, metadata } = await objects.head({ key })
  const job = { bucket: objects.bucket, key, etag, ...asked }
  const settings = importOptions(asked, metadata)
  const id = importId(objects.bucket, key, settings.dryRun)
  const request = { ...job, ...settings, definition: definitionHash(definition) }
  const eventClass = classifyEvent(await readLedger(redis, id, options), request)
  if (eventClass === 'DUPLICATE') return { id, key, etag, state: eventClass }
  await queue.send({ job })
  return { id, key, etag, state: 'QUEUED' }
}

/**
 * Asks a running import to stop at its next window. Users that are written by then stay. An import without a writer ends
 * when the next writer would continue it.
 *
 * @throws AppError IMPORT_NOT_FOUND, IMPORT_ENDED
 */
export async function cancelImport(deps: ListDeps, id: string, options?: CallOptions): Promise<ShownImport> {
  const status = await showImport(deps, id, options)
  if (status.state !== 'RUNNING') {
    throw new AppError(
      'IMPORT_ENDED',
      `Expected an import that is RUNNING, got an import that is ${status.state}`,
    )
  }
  await deps.redis.send(cancelArgs(id), options)
  return status
}

function shown(status: ImportStatus): ShownImport {
  const { size, bytesRead, read, startedAt, updatedAt, state } = status
  const seconds = (Date.parse(updatedAt) - Date.parse(startedAt)) / 1000
  const isWhole = size === 0 || state === 'COMPLETED' || state === 'PARTIAL'
  return {
    ...status,
    percent: isWhole ? 100 : Math.round((bytesRead / size) * 1000) / 10,
    recordsPerSecond: seconds > 0 ? Math.round(read / seconds) : 0,
  }
}
