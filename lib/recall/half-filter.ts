import { AppError } from '../errors.ts'
import { fieldTypeOf } from '../fields/field-types.ts'
import { ftSearchMatchesArgs, parseFtSearch } from '../redis/commands/ft-search.ts'
import type { CallOptions, Command, Outcome } from '../redis/redis.ts'
import { compileFilter, type Filter } from '../search/filter.ts'
import { storageOf } from '../storage/storage-of.ts'
import { userKey } from '../users/user-record.ts'
import type { MeasureDeps } from './probes.ts'

/** Below, RediSearch compares all that pass. Above, it needs few candidates more. */
const MOST_FROM_HALF = 0.2

/**
 * The filter by one field that comes nearest to half of the users, which is the hardest share for HNSW. undefined if no
 * field divides them so. It is made from the values of a sample, `ids`.
 */
export async function findHalfFilter(
  deps: MeasureDeps,
  ids: readonly string[],
  documents: number,
  options?: CallOptions,
): Promise<Filter | undefined> {
  const { redis, definition, index } = deps
  const fields = definition.fields.filter(
    (field) => field.filterable && fieldTypeOf(field).halve !== undefined,
  )
  if (fields.length === 0) return undefined
  const storage = storageOf(definition)
  const keys = ids.map((id) => userKey(definition, id))
  const outcomes = await Promise.all(
    storage.readFieldsArgs(keys, fields).map((command) => ask(deps, command, options)),
  )
  const users = storage.parseFields(keys, fields, outcomes)
  let best: { filter: Filter; fromHalf: number } | undefined
  for (const field of fields) {
    const values = users.map((user) => user[field.alias])
    const condition = fieldTypeOf(field).halve?.(field, values)
    if (condition === undefined) continue
    const filter = compileFilter(definition, { [field.alias]: condition })
    const { total } = parseFtSearch(await redis.send(ftSearchMatchesArgs(index, filter), options))
    const fromHalf = Math.abs(total / documents - 0.5)
    if (fromHalf <= Math.min(MOST_FROM_HALF, best?.fromHalf ?? 1)) best = { filter, fromHalf }
  }
  return best?.filter
}

/** A key that has become one of another type is an outcome: its user has no values. */
async function ask(
  { redis }: MeasureDeps,
  command: Command,
  options: CallOptions | undefined,
): Promise<Outcome> {
  try {
    return { reply: await redis.send(command, options) }
  } catch (error) {
    if (error instanceof AppError && error.code === 'RECORD_UNSTORABLE') return { refused: error }
    throw error
  }
}
