import * as v from 'valibot'
import { AppError } from '../errors.ts'
import type { CallOptions, Redis } from '../redis/redis.ts'
import type { ObjectStore } from '../s3/object-store.ts'
import { showImport } from './manage-imports.ts'

export const ImportFileSchema = v.picklist(['rejects', 'report'], 'Expected rejects or report')
export type ImportFile = v.InferOutput<typeof ImportFileSchema>

/** As for the files of an audience. */
const LINK_SECONDS = 300

/**
 * A link by which a browser fetches the rejects' file or the report of an import.
 *
 * @throws AppError IMPORT_NOT_FOUND, IMPORT_HAS_NO_FILE; OBJECT_NOT_FOUND when the file has expired
 */
export async function linkToImportFile(
  { redis, objects }: { redis: Redis; objects: ObjectStore },
  id: string,
  file: ImportFile,
  options?: CallOptions,
): Promise<string> {
  const { rejects, reportKey, state } = await showImport({ redis }, id, options)
  const key = file === 'rejects' ? rejects : reportKey
  if (key === null) {
    throw new AppError(
      'IMPORT_HAS_NO_FILE',
      `Expected an import with the file ${file}, got an import that is ${state} without it`,
    )
  }
  await objects.head({ key }, options)
  return objects.presign(key, `${file}${key.slice(key.lastIndexOf('.'))}`, LINK_SECONDS)
}
