import * as v from 'valibot'
import type { IndexDefinition } from '../definition.ts'
import { AppError } from '../errors.ts'
import {
  parseScores,
  parseZrangeWithScores,
  zaddArgs,
  zcardArgs,
  zmscoreArgs,
  zrangeGreatestWithScoresArgs,
  zremArgs,
  zremUpToArgs,
} from '../redis/commands/sorted-sets.ts'
import type { CallOptions, Command, Redis, Reply } from '../redis/redis.ts'
import { asNumber } from '../redis/reply.ts'
import { hashUserId } from './hash-user-id.ts'

/** The dependencies of the erasure list. */
export interface ErasureDeps {
  redis: Redis
  definition: Pick<IndexDefinition, 'name'>
  /** How long a person stays on the list, in milliseconds; undefined if the entry never expires. */
  erasureMs: number | undefined
}

/** At most 90 bytes each: 90 MB. */
const MAX_ERASURES = 1_000_000
const SHOWN = 100

export const ErasureSchema = v.object({
  userHash: v.pipe(v.string(), v.description('SHA-256 of the id, as the log has it')),
  erasedAt: v.string(),
  expiresAt: v.pipe(v.nullable(v.string()), v.description('null: never')),
})
export type Erasure = v.InferOutput<typeof ErasureSchema>

export const ErasureListSchema = v.object({
  count: v.number(),
  newest: v.pipe(v.array(ErasureSchema), v.description('The newest hundred')),
})
export type ErasureList = v.InferOutput<typeof ErasureListSchema>

/** The sorted set of the hashes of erased ids, by the time of the erasure. It holds no id. */
export function erasuresKey({ name }: Pick<IndexDefinition, 'name'>): string {
  return `lookalike:erased:${name}`
}

/** Asks which of the ids are on the list. */
export function areErasedArgs(definition: Pick<IndexDefinition, 'name'>, ids: readonly string[]): Command {
  return zmscoreArgs(erasuresKey(definition), ids.map(hashUserId))
}

/** For each id, whether it is erased. An entry that has expired does not count. */
export function parseAreErased(reply: Reply, erasureMs: number | undefined): boolean[] {
  const since = oldest(erasureMs)
  return parseScores(reply).map((score) => score !== undefined && score > since)
}

/**
 * Puts the person on the list. An entry that is there already gets the new time.
 *
 * @throws AppError ERASURES_FULL
 */
export async function addErasure(deps: ErasureDeps, id: string, options?: CallOptions): Promise<void> {
  const key = erasuresKey(deps.definition)
  const since = oldest(deps.erasureMs)
  if (since > 0) await deps.redis.send(zremUpToArgs(key, since), options)
  const count = asNumber(await deps.redis.send(zcardArgs(key), options))
  if (count >= MAX_ERASURES)
    throw new AppError(
      'ERASURES_FULL',
      `Expected fewer than ${MAX_ERASURES} erased persons, got ${count}: set ERASURE_DAYS, so that they expire`,
    )
  await deps.redis.send(zaddArgs(key, Date.now(), hashUserId(id)), options)
}

/** Takes the person off the list. Answers whether it was on it. */
export async function removeErasure(deps: ErasureDeps, id: string, options?: CallOptions): Promise<boolean> {
  const removed = await deps.redis.send(zremArgs(erasuresKey(deps.definition), hashUserId(id)), options)
  return asNumber(removed) > 0
}

export async function isErased(deps: ErasureDeps, id: string, options?: CallOptions): Promise<boolean> {
  const reply = await deps.redis.send(areErasedArgs(deps.definition, [id]), options)
  return parseAreErased(reply, deps.erasureMs)[0] ?? false
}

/** How many persons are on the list, and the newest of them. */
export async function listErasures(deps: ErasureDeps, options?: CallOptions): Promise<ErasureList> {
  const key = erasuresKey(deps.definition)
  const since = oldest(deps.erasureMs)
  if (since > 0) await deps.redis.send(zremUpToArgs(key, since), options)
  const [count, newest] = await Promise.all([
    deps.redis.send(zcardArgs(key), options),
    deps.redis.send(zrangeGreatestWithScoresArgs(key, SHOWN), options),
  ])
  return {
    count: asNumber(count),
    newest: parseZrangeWithScores(newest).map(({ member, score }) =>
      toErasure(member, score, deps.erasureMs),
    ),
  }
}

function toErasure(userHash: string, at: number, erasureMs: number | undefined): Erasure {
  return {
    userHash,
    erasedAt: new Date(at).toISOString(),
    expiresAt: erasureMs === undefined ? null : new Date(at + erasureMs).toISOString(),
  }
}

/** Entries of this time or before have expired. */
function oldest(erasureMs: number | undefined): number {
  return erasureMs === undefined ? 0 : Date.now() - erasureMs
}
