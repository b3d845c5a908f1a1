import { mgetArgs, parseMget } from '../redis/commands/strings.ts'
import type { CallOptions } from '../redis/redis.ts'
import { ASKED_SLOTS, askedKey, parseAsked } from '../search/asked-store.ts'
import { bytesOfVector } from '../vector.ts'
import { MIN_PROBES } from './least-ef.ts'
import type { MeasureDeps } from './probes.ts'

/** The query vectors of searches in the last days, at most `most` of each kind, and none of a kind with few. */
export async function readQueryVectors(
  { redis, definition }: MeasureDeps,
  most: number,
  options?: CallOptions,
): Promise<{ single: Buffer[]; group: Buffer[] }> {
  const keys = Array.from({ length: ASKED_SLOTS }, (_, slot) => askedKey(definition, slot))
  const found = parseMget(await redis.send(mgetArgs(keys), { ...options, binary: true }))
  // An earlier definition may have had another vector type or other dimensions.
  const fitting = found
    .flatMap((value) => (value === undefined ? [] : parseAsked(value)))
    .filter(({ vector }) => vector.length === bytesOfVector(definition.vector))
  const selectKind = (isGroup: boolean) => {
    const own = fitting.flatMap((one) => (one.isGroup === isGroup ? [one.vector] : []))
    return own.length < MIN_PROBES ? [] : own.slice(0, most)
  }
  return { single: selectKind(false), group: selectKind(true) }
}
