import * as v from 'valibot'
import { AppError } from '../errors.ts'
import type { CallOptions, Redis } from '../redis/redis.ts'
import type { ObjectStore } from '../s3/object-store.ts'
import { readWhole } from '../s3/upload-stream.ts'
import { readAudience } from './audience-ledger.ts'
import { known } from './manage-audiences.ts'
import { decodeRun } from './run-file.ts'

export type Overlap = v.InferOutput<typeof OverlapSchema>
export const OverlapSchema = v.object({
  users: v.pipe(v.number(), v.description('Of the first audience')),
  otherUsers: v.number(),
  both: v.number(),
  share: v.pipe(v.nullable(v.number()), v.description('both / all users of the two')),
})

/**
 * How many users two audiences have in common, as they were last written.
 *
 * @throws AppError AUDIENCE_NOT_FOUND, AUDIENCE_HAS_NO_FILE, OBJECT_NOT_FOUND
 */
export async function compareAudiences(
  deps: { redis: Redis; objects: ObjectStore },
  [id, other]: readonly [string, string],
  options?: CallOptions,
): Promise<Overlap> {
  const [one, two] = await Promise.all([readIdsOf(deps, id, options), readIdsOf(deps, other, options)])
  const ids = new Set(one)
  const both = two.filter((member) => ids.has(member)).length
  const all = one.length + two.length - both
  const share = all === 0 ? null : Math.round((both / all) * 10_000) / 10_000
  return { users: one.length, otherUsers: two.length, both, share }
}

async function readIdsOf(
  { redis, objects }: { redis: Redis; objects: ObjectStore },
  id: string,
  options?: CallOptions,
): Promise<string[]> {
  const ledger = await readAudience(redis, id, options)
  known(id, ledger, objects)
  if (ledger.last === undefined) {
    throw new AppError(
      'AUDIENCE_HAS_NO_FILE',
      `Expected an audience that was built, got ${id}, which was not yet`,
    )
  }
  const { count, idOf } = decodeRun(await readWhole(objects, ledger.last.members))
  return Array.from({ length: count }, (_, i) => idOf(i))
}
