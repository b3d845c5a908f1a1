import { randomBytes } from 'node:crypto'
import * as v from 'valibot'
import { AppError } from '../errors.ts'
import { escapeUnsafe } from '../lambda/visible.ts'
import type { ObjectStore } from '../s3/object-store.ts'
import { isMarker } from './markers.ts'

/** A folder in a name would decide where the object is put. */
const FILE_NAME = /^[^/\\]{1,200}$/

export type UploadRequest = v.InferOutput<typeof UploadRequestSchema>
export const UploadRequestSchema = v.strictObject({
  purpose: v.pipe(
    v.picklist(['import', 'seeds'], 'Expected import or seeds'),
    v.description('import: a file of users. seeds: ids for an audience, as seeds or exclusions'),
  ),
  name: v.pipe(
    v.string(),
    v.regex(FILE_NAME, 'Expected the name of a file, of at most 200 characters, without a folder'),
    v.check((name) => escapeUnsafe(name) === name, 'Expected a name without control characters'),
  ),
  dryRun: v.pipe(
    v.exactOptional(v.boolean()),
    v.description('Only check the file: `POST /imports` with dryRun false imports it later'),
  ),
})

export type UploadLink = v.InferOutput<typeof UploadLinkSchema>
export const UploadLinkSchema = v.object({
  key: v.string(),
  url: v.pipe(v.string(), v.description('PUT the file to this address, with the headers')),
  headers: v.record(v.string(), v.string()),
  expiresInSeconds: v.number(),
})

/** An hour: a file of a gigabyte takes that long at 2.3 Mbit/s. */
const UPLOAD_SECONDS = 3_600
const SEEDS_PREFIX = 'audiences/seeds/'

/**
 * A link by which a browser puts a file into the bucket. Each upload gets a key of its own, so that it never replaces
 * an object that is being imported.
 */
export async function linkToUpload(
  { objects, importPrefix }: { objects: ObjectStore; importPrefix: string },
  { purpose, name, dryRun = false }: UploadRequest,
  now = Date.now(),
): Promise<UploadLink> {
  const day = new Date(now).toISOString().slice(0, 10)
  const unique = `${day}/${randomBytes(6).toString('hex')}/${name}`
  const key = purpose === 'import' ? `${importPrefix}uploads/${unique}` : `${SEEDS_PREFIX}${unique}`
  if (isMarker(key))
    refuse('name', `Expected the name of a file of users, got ${name}, which no import reads`)
  if (dryRun && purpose === 'seeds') refuse('dryRun', 'Expected dryRun with the purpose import only')
  const metadata: Record<string, string> = dryRun ? { 'dry-run': 'true' } : {}
  const { url, headers } = await objects.presignPut(key, metadata, UPLOAD_SECONDS)
  return { key, url, headers, expiresInSeconds: UPLOAD_SECONDS }
}

function refuse(path: string, message: string): never {
  throw new AppError('REQUEST_INVALID', `${path}: ${message}`, { problems: [{ path, message }] })
}
