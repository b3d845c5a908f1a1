import * as v from 'valibot'
import { ErrorCodeSchema } from '../errors.ts'
import { hgetallArgs, hsetArgs, parseHgetall } from '../redis/commands/hashes.ts'
import type { CallOptions, Redis } from '../redis/redis.ts'
import type { ImportStatus } from './import-report-schema.ts'

/** Objects below the prefix of the imports that no import has read, as the last scheduled listing found them. */
export type UnreadObjects = v.InferOutput<typeof UnreadObjectsSchema>
export const UnreadObjectsSchema = v.object({
  at: v.pipe(v.string(), v.isoTimestamp()),
  failed: v.pipe(v.number(), v.description('Objects of which the last import could read nothing')),
  queued: v.pipe(v.number(), v.description('Objects without an import')),
  markers: v.pipe(
    v.number(),
    v.description('Objects without users, such as _SUCCESS, which no import reads'),
  ),
  objects: v.pipe(
    v.array(
      v.object({
        key: v.string(),
        reason: v.picklist(['FAILED', 'QUEUED', 'MARKER']),
        code: v.exactOptional(ErrorCodeSchema),
      }),
    ),
    v.description('The first twenty of them, FAILED ones first'),
  ),
})

type UnreadObject = UnreadObjects['objects'][number]

const SHOWN = 20
/** A name that no import has: those are hexadecimal. Each bucket has its own. */
const unreadKey = (bucket: string) => `lookalike:import:unread:${bucket}`
const ORDER: readonly UnreadObject['reason'][] = ['FAILED', 'QUEUED', 'MARKER']

/** Collects what a listing of the bucket finds unread. */
export function unreadObjects() {
  const found = new Map(ORDER.map((reason) => [reason, { count: 0, first: [] as UnreadObject[] }]))

  function add(object: UnreadObject): void {
    const group = found.get(object.reason)
    if (group === undefined) return
    group.count++
    if (group.first.length < SHOWN) group.first.push(object)
  }

  return {
    addMarker: (key: string) => add({ key, reason: 'MARKER' }),
    addQueued: (key: string) => add({ key, reason: 'QUEUED' }),
    /** Notes the object of an import that could read nothing of it. */
    addFailed({ key, state, problem }: ImportStatus): void {
      if (state === 'FAILED') add({ key, reason: 'FAILED', ...(problem !== null && { code: problem.code }) })
    },
    result(): UnreadObjects {
      const [failed = 0, queued = 0, markers = 0] = ORDER.map((reason) => found.get(reason)?.count)
      const objects = [...found.values()].flatMap(({ first }) => first).slice(0, SHOWN)
      return { at: new Date().toISOString(), failed, queued, markers, objects }
    },
  }
}

export async function saveUnread(redis: Redis, bucket: string, unread: UnreadObjects): Promise<void> {
  await redis.send(hsetArgs(unreadKey(bucket), { unread: JSON.stringify(unread) }))
}

/** The objects of the last listing; null before the first. */
export async function readUnread(
  redis: Redis,
  bucket: string,
  options?: CallOptions,
): Promise<UnreadObjects | null> {
  const { unread } = parseHgetall(await redis.send(hgetallArgs(unreadKey(bucket)), options))
  return unread === undefined ? null : JSON.parse(unread)
}
