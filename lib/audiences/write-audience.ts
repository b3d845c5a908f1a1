import { randomUUID } from 'node:crypto'
import type { Connection, Deadline } from '../redis/redis.ts'
import type { ObjectStore } from '../s3/object-store.ts'
import { readWhole, uploadStream } from '../s3/upload-stream.ts'
import { parseExact } from '../storage/exact-json.ts'
import type { Checkpoint } from './audience-ledger.ts'
import { addWarning, audienceFolder, workFolder } from './audience-report.ts'
import type { AudienceReport } from './audience-report-schema.ts'
import type { AudienceRequest } from './audience-request.ts'
import { type ChangeLog, changeLog, fingerprintOfSeeds } from './change-log.ts'
import type { AudienceClaim } from './claim-audience.ts'
import { audienceFile, contentTypeOf, endingOf } from './formats/audience-file.ts'
import { isChangedByExcel, isGuarded } from './formats/csv.ts'
import { columnsFor, ROWS_A_BATCH, type Row } from './formats/row.ts'
import type { Pacer } from './pacer.ts'
import type { Prepared } from './prepared.ts'
import { readFields } from './read-fields.ts'
import { type Member, reduceRuns, storedRuns } from './reduce-runs.ts'
import { toSevenDigits } from './statistics.ts'

export interface WriteDeps {
  connection: Connection
  objects: ObjectStore
  pace: Pacer
  prepared: Prepared
  save(checkpoint?: Checkpoint): Promise<boolean>
  stopAt: Deadline
}

/** The facts that the end of the run writes into the other files. */
export interface Written {
  members: readonly Member[]
  problems: readonly object[]
  changes: ChangeLog
  /** A hash of the seeds, for the refresh after this one. */
  seeds: string
}

/** 20 s of reading at a tenth of Redis's time. */
const ROWS_A_CHUNK = 20_000

/**
 * Puts the runs together and writes the audience's file. First the fields of its rows are read, chunk by chunk, and each
 * chunk is saved. Then the file is written in one pass, without Redis, so its bytes are the same whenever it is written.
 */
export async function writeAudience(
  deps: WriteDeps,
  { report, request, last }: AudienceClaim,
  checkpoint: Checkpoint,
): Promise<Written | 'time is up' | 'cancelled'> {
  const { objects, prepared } = deps
  const { id, definition: definitionNow } = report
  const seeds = fingerprintOfSeeds(prepared)
  const changes = await changeLog(objects, { id, definition: definitionNow, seeds }, last)
  if (changes.warning !== undefined) addWarning(report, changes.warning)
  const reduced = await reduceRuns(storedRuns(objects, checkpoint.runs), request.size, changes)
  const { members, counts, curve, holdout, certificate } = reduced
  Object.assign(report, { counts, curve, holdout, certificate })
  if (request.format === 'csv') for (const warning of csvWarnings(members)) addWarning(report, warning)
  const filled = await readChunks(deps, request, members, checkpoint, workFolder(report.id))
  if (filled !== 'done') return filled

  const drew = new Set(members.map(({ nearest }) => nearest))
  const drewNobody = prepared.names.filter((_, row) => !drew.has(row))
  report.seeds = {
    ...prepared.seeds,
    drewNobody: request.strategy === 'average' || members.length === 0 ? null : drewNobody.length,
  }
  const key = `${audienceFolder(report.id)}audience.${endingOf(request)}`
  const { definition, names } = prepared
  const columns = columnsFor(definition.fields, { shown: request.fields, hashed: request.hash })
  const rows = rowsOf(deps, members, names, checkpoint.chunks)
  const file = { key, contentType: contentTypeOf(request) }
  Object.assign(report, await uploadStream(objects, file, audienceFile(request, columns, rows)))
  report.files.audience = key
  await deps.save()
  return { members, problems: [...prepared.problems, ...drawNobody(report, drewNobody)], changes, seeds }
}

function parseRows(text: string): unknown[][] {
  const rows = parseExact(text)
  return Array.isArray(rows) ? rows : []
}

/** The ids that a spreadsheet or our guard against formulas shows in another way. */
function csvWarnings(members: readonly Member[]): string[] {
  const guarded = members.filter(({ id }) => isGuarded(id)).length
  const changed = members.filter(({ id }) => isChangedByExcel(id)).length
  const apostrophe = `${guarded} ids have one more apostrophe in the CSV, so that no spreadsheet takes them for formulas`
  const excel = `Excel changes ${changed} ids of the CSV (zeros before a number, more than 15 digits, dates), unless the column id is imported as text`
  return [
    ...(guarded > 0 ? [`${apostrophe}; ndjson and parquet have them unchanged`] : []),
    ...(changed > 0 ? [excel] : []),
  ]
}

/** Reads the fields of the rows that no earlier invocation has read. */
async function readChunks(
  { connection, objects, pace, prepared, save, stopAt }: WriteDeps,
  { fields: shown, hash: hashed }: AudienceRequest,
  members: readonly Member[],
  checkpoint: Checkpoint,
  folder: string,
): Promise<'done' | 'time is up' | 'cancelled'> {
  if (shown.length + hashed.length === 0) return 'done'
  const first = checkpoint.chunks.length * ROWS_A_CHUNK
  for (let from = first; from < members.length; from += ROWS_A_CHUNK) {
    // At least one chunk: an invocation without time for one would only send the next message.
    if (from > first && Date.now() >= stopAt) return 'time is up'
    const values: unknown[][] = []
    const chunk = members.slice(from, from + ROWS_A_CHUNK)
    for (let i = 0; i < chunk.length; i += ROWS_A_BATCH) {
      const ids = chunk.slice(i, i + ROWS_A_BATCH).map(({ id }) => id)
      values.push(...(await readFields({ connection, pace, prepared }, ids, { shown, hashed })))
      if (await save()) return 'cancelled'
    }
    const key = `${folder}chunk-${checkpoint.chunks.length}-${randomUUID()}`
    await objects.put(key, JSON.stringify(values), 'application/json')
    checkpoint.chunks = [...checkpoint.chunks, key]
    if (await save(checkpoint)) return 'cancelled'
  }
  return 'done'
}

async function* rowsOf(
  { objects }: WriteDeps,
  members: readonly Member[],
  names: readonly string[],
  chunks: readonly string[],
): AsyncIterable<Row[]> {
  let values: unknown[][] = []
  for (let from = 0; from < members.length; from += ROWS_A_BATCH) {
    const chunk = chunks[from / ROWS_A_CHUNK]
    if (chunk !== undefined) values = parseRows((await readWhole(objects, chunk)).toString())
    yield members.slice(from, from + ROWS_A_BATCH).map(({ id, similarity, nearest }, i) => {
      const own = [id, from + i + 1, toSevenDigits(similarity), names[nearest] ?? null]
      return [...own, ...(values[(from % ROWS_A_CHUNK) + i] ?? [])]
    })
  }
}

function drawNobody({ seeds }: AudienceReport, names: readonly string[]): object[] {
  if (seeds.drewNobody === null) return []
  const message = 'The seed is the nearest to no user of the audience'
  return names.map((id) => ({ list: 'like', id, code: 'SEED_DREW_NOBODY', message }))
}
