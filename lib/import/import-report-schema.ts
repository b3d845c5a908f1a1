import * as v from 'valibot'
import { ErrorCodeSchema } from '../errors.ts'
import { OnErrorSchema } from './import-options.ts'

export type ImportState = v.InferOutput<typeof ImportStateSchema>
export const ImportStateSchema = v.picklist([
  'RUNNING',
  'COMPLETED',
  'PARTIAL',
  'FAILED',
  'ABORTED',
  'SUPERSEDED',
  'DUPLICATE',
  'CANCELLED',
])

/** How each record ended; `read = written + unchanged + deleted + rejected` holds in every report. */
export type ImportCounts = v.InferOutput<typeof ImportCountsSchema>
const ImportCountsSchema = v.object({
  read: v.number(),
  written: v.number(),
  unchanged: v.number(),
  deleted: v.number(),
  rejected: v.number(),
  searchable: v.pipe(
    v.number(),
    v.description('How many of the written ones the index really holds, read back from it'),
  ),
})

export const FileProblemSchema = v.object({
  code: ErrorCodeSchema,
  message: v.string(),
  line: v.exactOptional(v.number()),
  byteOffset: v.exactOptional(v.number()),
  row: v.exactOptional(v.number()),
})
const RejectGroupSchema = v.object({
  code: ErrorCodeSchema,
  count: v.number(),
  first: v.array(
    v.object({
      line: v.exactOptional(v.number()),
      byteOffset: v.exactOptional(v.number()),
      row: v.exactOptional(v.number()),
      id: v.nullable(v.string()),
      path: v.string(),
      message: v.string(),
    }),
  ),
})
const Timestamp = v.pipe(v.string(), v.isoTimestamp())

/** The outcome of an import, and while it runs its progress. */
export type ImportReport = v.InferOutput<typeof ImportReportSchema>
const ImportReportSchema = v.object({
  id: v.string(),
  state: ImportStateSchema,
  bucket: v.string(),
  key: v.string(),
  etag: v.nullable(v.string()),
  sequencer: v.nullable(v.string()),
  definition: v.pipe(v.string(), v.description('Hash of the definition by which the records are checked')),
  dryRun: v.boolean(),
  onError: OnErrorSchema,
  ...ImportCountsSchema.entries,
  durability: v.pipe(
    v.nullable(v.picklist(['replicated', 'fsynced', 'memory'])),
    v.description(
      'replicated: on as many replicas as REDIS_WAIT_REPLICAS asks for. fsynced: on the disk of the primary. memory: gone if Redis dies now. null until it is known',
    ),
  ),
  format: v.pipe(
    v.nullable(v.string()),
    v.description('The format of the file by its content, such as "NDJSON, gzip"; null until it is known'),
  ),
  problem: v.pipe(
    v.nullable(FileProblemSchema),
    v.description('The problem of the file as a whole, and its place'),
  ),
  warnings: v.pipe(
    v.array(v.string()),
    v.description('Probable mistakes in a file that is imported all the same'),
  ),
  waiting: v.pipe(
    v.nullable(v.object({ code: ErrorCodeSchema, message: v.string(), since: Timestamp })),
    v.description(
      'Why a RUNNING import does not go on: what a person has to put right first. null when nothing is in its way',
    ),
  ),
  rejects: v.pipe(v.nullable(v.string()), v.description("The key of the rejects' file")),
  rejectsListed: v.pipe(
    v.number(),
    v.description("How many rejects the rejects' file has: the first 200,000"),
  ),
  rejectsByCode: v.pipe(
    v.array(RejectGroupSchema),
    v.description('All rejects, most frequent first, each code with its first three places'),
  ),
  fields: v.pipe(
    v.array(
      v.object({
        path: v.string(),
        missing: v.number(),
        doubts: v.array(v.object({ reason: v.string(), users: v.number() })),
      }),
    ),
    v.description(
      'For each declared field, how many of the written and unchanged users lack it, and what filters do not find in the others',
    ),
  ),
  reportKey: v.pipe(
    v.nullable(v.string()),
    v.description('The key of this report; null until it is written'),
  ),
  bytesRead: v.number(),
  size: v.number(),
  startedAt: Timestamp,
  updatedAt: Timestamp,
  finishedAt: v.nullable(Timestamp),
})

/** The report as Redis keeps it. */
export type ImportStatus = v.InferOutput<typeof ImportStatusSchema>
const ImportStatusSchema = v.object({
  ...ImportReportSchema.entries,
  duplicateAt: v.pipe(v.nullable(Timestamp), v.description('When the same content was last sent in again')),
})

/** An import as the API shows it. */
export type ShownImport = v.InferOutput<typeof ShownImportSchema>
export const ShownImportSchema = v.object({
  ...ImportStatusSchema.entries,
  percent: v.pipe(v.number(), v.description('0 to 100, by the bytes of the object')),
  recordsPerSecond: v.number(),
})

/** The outcome of a request to start an import. */
export type StartedImport = v.InferOutput<typeof StartedImportSchema>
export const StartedImportSchema = v.object({
  id: v.string(),
  key: v.string(),
  etag: v.string(),
  state: v.picklist(['QUEUED', 'DUPLICATE']),
})
