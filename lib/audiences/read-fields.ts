import { createHash } from 'node:crypto'
import { AppError } from '../errors.ts'
import { ftSearchFieldsArgs, parseFtSearch, TRUNCATED_SEARCH } from '../redis/commands/ft-search.ts'
import type { Connection } from '../redis/redis.ts'
import { columnsOf } from '../search/search-results.ts'
import { userKey } from '../users/user-record.ts'
import type { Pacer } from './pacer.ts'
import type { Prepared } from './prepared.ts'

interface FieldsDeps {
  connection: Connection
  pace: Pacer
  prepared: Pick<Prepared, 'index' | 'definition'>
}

/** A millisecond of Redis. */
const USERS_A_READ = 100

/**
 * The values of the fields that a file shows, and of those that it shows as hashes, for each of the users in their order. A
 * user that is gone since it was scored has none.
 */
export async function readFields(
  { connection, pace, prepared: { index, definition } }: FieldsDeps,
  ids: readonly string[],
  { shown, hashed }: { shown: readonly string[]; hashed: readonly string[] },
): Promise<unknown[][]> {
  const columns = columnsOf(definition, { fields: [...new Set([...shown, ...hashed])], includeVector: false })
  const values = new Map<string, Record<string, unknown>>()
  for (let i = 0; i < ids.length; i += USERS_A_READ) {
    const keys = ids.slice(i, i + USERS_A_READ).map((id) => userKey(definition, id))
    const command = ftSearchFieldsArgs(index, keys, columns.returned)
    const reply = await pace.run(() => connection.send(command, columns.options))
    const { rows, warnings } = parseFtSearch(reply)
    if (warnings.length > 0) throw new AppError('REDIS_TIMEOUT', TRUNCATED_SEARCH)
    for (const row of rows) values.set(row.key, columns.read(row.values).fields)
    await pace.rest()
  }
  return ids.map((id) => {
    const fields = values.get(userKey(definition, id)) ?? {}
    return [...shown.map((alias) => fields[alias] ?? null), ...hashed.map((alias) => hashOf(fields[alias]))]
  })
}

/** SHA-256 of the trimmed, lower-cased text, in hexadecimal digits: what ad platforms compare. Of a list that of each member. */
export function hashOf(value: unknown): unknown {
  if (value === undefined || value === null || value === '') return null
  if (Array.isArray(value)) return value.map(hashOf)
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return createHash('sha256').update(text.trim().toLowerCase()).digest('hex')
}
