import * as v from 'valibot'
import { AppError } from '../errors.ts'
import type { CallOptions, Redis } from '../redis/redis.ts'
import type { ObjectStore } from '../s3/object-store.ts'
import { showAudience } from './manage-audiences.ts'

export const FileNameSchema = v.picklist(
  ['audience', 'manifest', 'problems', 'entered', 'left', 'stayed'],
  'Expected one of audience, manifest, problems, entered, left, stayed',
)
export type FileName = v.InferOutput<typeof FileNameSchema>

/** Long enough for a download to begin, and short enough for a link that was passed on to be of no use. */
const LINK_SECONDS = 300

/**
 * A link by which a browser fetches a file of an audience.
 *
 * @throws AppError AUDIENCE_NOT_FOUND, AUDIENCE_HAS_NO_FILE; OBJECT_NOT_FOUND when the file has expired
 */
export async function linkToFile(
  { redis, objects }: { redis: Redis; objects: ObjectStore },
  id: string,
  file: FileName,
  options?: CallOptions,
): Promise<string> {
  const { files, state } = await showAudience({ redis, objects }, id, options)
  const key = files[file]
  if (key === null) {
    throw new AppError(
      'AUDIENCE_HAS_NO_FILE',
      `Expected an audience with the file ${file}, got an audience that is ${state} without this file`,
    )
  }
  await objects.head({ key })
  return objects.presign(key, key.slice(key.lastIndexOf('/') + 1), LINK_SECONDS)
}
