import type { IndexDefinition } from '../definition.ts'
import { AppError } from '../errors.ts'
import { recordReader } from '../import/formats/record-source.ts'
import type { ObjectStore } from '../s3/object-store.ts'
import { member } from '../storage/json-path.ts'
import { readUserId } from '../users/user-id.ts'
import { LIMITS } from './audience-request.ts'

export interface IdsOfFile {
  ids: { id: string; weight: number }[]
  /** Records without a usable id or weight, by place. At most a hundred of them are named. */
  unreadable: { count: number; named: object[] }
  /** Whether time ended before the file did: the ids are the first ones of the file. */
  isCut: boolean
}

const NAMED = 100
const LEAST = 1_000
const MAX_RECORD_BYTES = 1024 * 1024

/**
 * The ids of a file in the bucket, in its order: CSV, NDJSON, JSON or Parquet, as an import reads them. A record's `weight`
 * counts where there is one. Reading ends after `mostMs`, and after at least a thousand ids.
 *
 * @throws AppError OBJECT_NOT_FOUND, OBJECT_REPLACED, OBJECT_UNAVAILABLE; FILE_*, SEEDS_TOO_MANY
 */
export async function readIds(
  { objects, definition }: { objects: ObjectStore; definition: IndexDefinition },
  key: string,
  mostMs = Number.POSITIVE_INFINITY,
): Promise<IdsOfFile> {
  const until = Date.now() + mostMs
  const object = await objects.head({ key })
  // Columns are text here, whatever the fields are: a file of seeds may have any others.
  const read = recordReader(key, {
    definition: { ...definition, fields: [] },
    maxRecordBytes: MAX_RECORD_BYTES,
  })
  const content = {
    size: object.size,
    read: (from: number) => objects.read(object, from),
    slice: (from: number, to: number) => objects.slice(object, from, to),
  }
  const found: IdsOfFile = { ids: [], unreadable: { count: 0, named: [] }, isCut: false }
  for await (const batch of read(content)) {
    if (found.ids.length >= LEAST && Date.now() >= until) return { ...found, isCut: true }
    for (const record of batch) {
      if ('fileFault' in record) {
        const { code, message } = record.fileFault
        throw new AppError(code, `${key}: ${message}`)
      }
      if (!('bytes' in record) && !('fault' in record)) continue
      const one = 'bytes' in record ? idOf(record.bytes) : { problem: record.fault }
      if ('id' in one) found.ids.push(one)
      else if (found.unreadable.count++ < NAMED) {
        found.unreadable.named.push({ ...record.position, ...one.problem })
      }
      if (found.ids.length > LIMITS.idsInFile) {
        throw new AppError('SEEDS_TOO_MANY', `${key}: Expected at most ${LIMITS.idsInFile} ids, got more`)
      }
    }
  }
  return found
}

function idOf(bytes: Buffer): IdsOfFile['ids'][number] | { problem: { code: string; message: string } } {
  try {
    const text = bytes.toString()
    const record: unknown = JSON.parse(text)
    if (typeof record !== 'object' || record === null) return { problem: notAnId }
    return { id: readUserId(record, text), weight: weightOf(member(record, 'weight')) }
  } catch (error) {
    const problem = error instanceof AppError ? { code: error.code, message: error.message } : notAnId
    return { problem }
  }
}

const notAnId = { code: 'ID_INVALID', message: 'Expected an object with an id' }

/** A CSV has text where NDJSON has a number. */
function weightOf(value: unknown): number {
  if (value === undefined || value === null || value === '') return 1
  const weight = typeof value === 'string' ? Number(value) : value
  if (typeof weight === 'number' && weight >= 1e-6 && weight <= 1_000_000) return weight
  throw new AppError('VALUE_INVALID', 'Expected a weight from 0.000001 to 1000000')
}
