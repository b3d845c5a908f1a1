import { definitionHash } from '../definition.ts'
import { AppError } from '../errors.ts'
import type { StoredObject } from '../s3/object-store.ts'
import type { ImportRequest } from './classify-event.ts'
import type { Fault, RecordReader } from './formats/raw-record.ts'
import { recordReader } from './formats/record-source.ts'
import type { ImportDeps } from './import-deps.ts'
import { type ImportOptions, importOptions } from './import-options.ts'
import { type ImportJob, newReport } from './import-report.ts'
import type { ImportReport } from './import-report-schema.ts'

/** An object, and what is to be done with it. */
export interface Inspected {
  request: ImportRequest
  /**
   * The report, if this import begins from the start. Its state is FAILED when it can't, and SUPERSEDED when the object has
   * other content than the event says.
   */
  begin: ImportReport
  /** The object to read; undefined when `begin` has failed. */
  source: { object: StoredObject; read: RecordReader } | undefined
}

/** @throws AppError OBJECT_UNAVAILABLE */
export async function inspectObject(
  { objects, definition, maxRecordBytes }: ImportDeps,
  job: ImportJob,
): Promise<Inspected> {
  const assumed: ImportOptions = { onError: 'continue', dryRun: false, force: false, ...job }
  let options = assumed
  let object: StoredObject | undefined
  try {
    object = await objects.head(job)
    options = importOptions(job, object.metadata)
    const read = recordReader(job.key, { definition, maxRecordBytes })
    return { ...inspected(object.etag), source: { object, read } }
  } catch (error) {
    if (!(error instanceof AppError) || error.retry) throw error
    const state = error.code === 'OBJECT_REPLACED' ? 'SUPERSEDED' : 'FAILED'
    const problem: Fault = { code: error.code, message: error.message }
    const { begin, request } = inspected(object?.etag ?? job.etag ?? '')
    return { request, begin: { ...begin, state, problem }, source: undefined }
  }

  function inspected(etag: string) {
    const request: ImportRequest = { ...job, ...options, etag, definition: definitionHash(definition) }
    return {
      request,
      begin: { ...newReport(objects.bucket, request, options, request.definition), size: object?.size ?? 0 },
    }
  }
}
