import { fieldTypeOf } from '../fields/field-types.ts'
import type { CallOptions, Outcome } from '../redis/redis.ts'
import { compileFilter, type Filter } from '../search/filter.ts'
import { storageOf } from '../storage/storage-of.ts'
import { userKey } from '../users/user-record.ts'
import type { MeasureDeps } from './probes.ts'

/** A share further from a half is easier: below, RediSearch compares all that pass; above, it needs few candidates more. */
const MOST_FROM_HALF = 0.2

/**
 * The filter by one field that comes nearest to half of these users, which is the hardest share for HNSW. undefined if no
 * field divides them so.
 */
export async function findHalfFilter(
  { redis, definition }: MeasureDeps,
  ids: readonly string[],
  options?: CallOptions,
): Promise<Filter | undefined> {
  const fields = definition.fields.filter(
    (field) => field.filterable && fieldTypeOf(field).halve !== undefined,
  )
  if (fields.length === 0 || ids.length === 0) return undefined
  const storage = storageOf(definition)
  const keys = ids.map((id) => userKey(definition, id))
  const commands = storage.readFieldsArgs(keys, fields)
  const outcomes: Outcome[] = await Promise.all(
    commands.map(async (command) => ({ reply: await redis.send(command, options) })),
  )
  const users = storage.parseFields(keys, fields, outcomes)
  const halves = fields.flatMap((field) => {
    const half = fieldTypeOf(field).halve?.(
      field,
      users.map((user) => user[field.alias]),
    )
    return half === undefined ? [] : [{ alias: field.alias, ...half }]
  })
  const fromHalf = ({ share }: { share: number }) => Math.abs(share - 0.5)
  const [best] = halves.toSorted((a, b) => fromHalf(a) - fromHalf(b))
  if (best === undefined || fromHalf(best) > MOST_FROM_HALF) return undefined
  return compileFilter(definition, { [best.alias]: best.condition })
}
