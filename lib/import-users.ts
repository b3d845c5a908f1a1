import type { IndexDefinition } from './definition.ts'
import { AppError, toAppError } from './errors.ts'
import { saveProgress } from './import/import-progress.ts'
import {
  finalState,
  type ImportJob,
  type ImportReport,
  newReport,
  reportStem,
} from './import/import-report.ts'
import type { ObjectContent, RawRecord, RecordReader } from './import/raw-record.ts'
import { recordReader } from './import/record-source.ts'
import { rejectFile } from './import/reject-file.ts'
import { userWriter } from './import/user-writer.ts'
import { readIndex } from './index-status.ts'
import { parseWaitAof, waitAofArgs } from './redis/commands/server.ts'
import type { Connection, RedisPool } from './redis/redis.ts'
import type { ObjectStore, StoredObject } from './s3/object-store.ts'
import { recordCheck } from './user-record.ts'

export interface ImportDeps {
  redis: RedisPool
  definition: IndexDefinition
  objects: ObjectStore
  importPrefix: string
  reportPrefix: string
}

const PROGRESS_EVERY_MS = 500
const FSYNC_TIMEOUT_MS = 2_000

/**
 * Imports one object: reads it as a stream, checks every record, writes the good ones to Redis in acknowledged windows,
 * and leaves a report in the bucket, with the rejects beside it. Records are never held beyond two windows.
 *
 * What is wrong with a record is a reject, what is wrong with the object a state of the report. What is wrong with
 * Redis or S3 is thrown, so that the event comes again; writing the same users twice ends in the same state.
 *
 * @throws AppError INDEX_MISSING, OBJECT_UNAVAILABLE, REDIS_*
 */
export async function importUsers(deps: ImportDeps, job: ImportJob): Promise<ImportReport> {
  const report = newReport(deps.objects.bucket, job)
  const reader = recordReader(job.key)
  if (reader === undefined)
    return finish(deps, fail(report, 'FILE_MALFORMED', 'Expected a name that ends in a known format'))

  const { state } = await readIndex(deps)
  if (state === 'absent')
    throw new AppError('INDEX_MISSING', `Expected the index ${deps.definition.name}, got none`)
  try {
    await deps.redis.lease((connection) => run(deps, job, reader, connection, report))
  } catch (thrown) {
    const error = toAppError(thrown)
    if (error.code === 'OBJECT_REPLACED') return finish(deps, { ...report, state: 'SUPERSEDED' })
    if (error.code === 'OBJECT_NOT_FOUND') return finish(deps, fail(report, error.code, error.message))
    throw error
  }
  return finish(deps, { ...report, state: finalState(report) })
}

/** Fills in the report, in place, so that its progress can be saved while the records flow. */
async function run(
  deps: ImportDeps,
  job: ImportJob,
  reader: RecordReader,
  connection: Connection,
  report: ImportReport,
): Promise<void> {
  const { redis, definition, objects } = deps
  const object = await objects.head(job)
  report.etag = object.etag
  report.size = object.size
  const rejects = rejectFile(objects, `${reportStem(deps, report)}.rejects.ndjson`, report)
  const check = recordCheck(definition)

  let savedAt = 0
  const writer = userWriter(connection, definition, async ({ refused, ...counts }) => {
    report.written += counts.written
    report.unchanged += counts.unchanged
    report.deleted += counts.deleted
    report.searchable += counts.searchable
    for (const { placed, error } of refused) {
      const { id } = placed.record
      await rejects.add(placed.position, { id, code: error.code, path: '', message: error.message })
    }
    if (Date.now() - savedAt < PROGRESS_EVERY_MS) return
    savedAt = Date.now()
    await saveProgress(redis, { ...report, updatedAt: new Date().toISOString() })
  })

  try {
    await saveProgress(redis, report)
    for await (const records of reader(counted(objects, object, report))) {
      for (const raw of records) await take(raw)
    }
    await writer.drain()
    await rejects.finish()
    report.durability = (await fsynced(connection)) ? 'fsynced' : 'memory'
  } catch (error) {
    await rejects.abort()
    throw error
  }

  async function take(raw: RawRecord): Promise<void> {
    if ('fileFault' in raw) {
      report.problem = { ...raw.fileFault, ...raw.position }
      return
    }
    report.read++
    const checked = 'bytes' in raw ? check(raw.bytes) : { reject: { ...raw.fault, path: '' } }
    if ('reject' in checked) await rejects.add(raw.position, checked.reject)
    else await writer.add({ record: checked.record, position: raw.position })
  }
}

/** The content of an object; what has been read of it shows in the report. */
function counted(objects: ObjectStore, object: StoredObject, report: ImportReport): ObjectContent {
  return {
    size: object.size,
    async *read(from) {
      report.bytesRead = from
      for await (const chunk of objects.read(object, from)) {
        report.bytesRead += chunk.length
        yield chunk
      }
    },
    async slice(from, to) {
      const bytes = await objects.slice(object, from, to)
      report.bytesRead += bytes.length
      return bytes
    },
  }
}

/** Without an append-only file WAITAOF is an error: then the writes are in memory only, which the report says. */
async function fsynced(connection: Connection): Promise<boolean> {
  const [outcome] = await connection.pipeline([waitAofArgs(FSYNC_TIMEOUT_MS)])
  return outcome !== undefined && 'reply' in outcome && parseWaitAof(outcome.reply)
}

/** The report goes to the bucket first: once it is known in Redis that an import is finished, its report is there. */
async function finish(deps: ImportDeps, report: ImportReport): Promise<ImportReport> {
  const now = new Date().toISOString()
  const finished = { ...report, updatedAt: now, finishedAt: now }
  const body = JSON.stringify(finished, null, 2)
  await deps.objects.put(`${reportStem(deps, finished)}.json`, body, 'application/json')
  // A superseded import says nothing about the object's content now; its successor does.
  if (finished.state !== 'SUPERSEDED') await saveProgress(deps.redis, finished)
  return finished
}

function fail(
  report: ImportReport,
  code: 'FILE_MALFORMED' | 'OBJECT_NOT_FOUND',
  message: string,
): ImportReport {
  return { ...report, state: 'FAILED', problem: { code, message } }
}
