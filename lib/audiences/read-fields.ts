import { createHash } from 'node:crypto'
import type { Connection } from '../redis/redis.ts'
import { storageOf } from '../storage/storage-of.ts'
import { userKey } from '../users/user-record.ts'
import type { Pacer } from './pacer.ts'
import type { Prepared } from './prepared.ts'

interface FieldsDeps {
  connection: Connection
  pace: Pacer
  prepared: Pick<Prepared, 'definition'>
}

/** A millisecond of Redis. */
const USERS_A_READ = 100

/**
 * The values of the fields that a file shows, and of those that it shows as hashes, for each of the users in their order. A
 * user that is gone since it was scored has none.
 */
export async function readFields(
  { connection, pace, prepared: { definition } }: FieldsDeps,
  ids: readonly string[],
  { shown, hashed }: { shown: readonly string[]; hashed: readonly string[] },
): Promise<unknown[][]> {
  const { readFieldsArgs, parseFields } = storageOf(definition)
  const names = new Set([...shown, ...hashed])
  const asked = definition.fields.filter(({ alias, returned }) => returned && names.has(alias))
  const rows: Record<string, unknown>[] = []
  for (let i = 0; i < ids.length; i += USERS_A_READ) {
    const keys = ids.slice(i, i + USERS_A_READ).map((id) => userKey(definition, id))
    const commands = readFieldsArgs(keys, asked)
    rows.push(...parseFields(keys, asked, await pace.run(() => connection.pipeline(commands))))
    await pace.rest()
  }
  return rows.map((fields) => [
    ...shown.map((alias) => fields[alias] ?? null),
    ...hashed.map((alias) => hashOf(fields[alias])),
  ])
}

/** SHA-256 of the trimmed, lower-cased text, in hexadecimal digits: what ad platforms compare. Of a list that of each member. */
export function hashOf(value: unknown): unknown {
  if (value === undefined || value === null || value === '') return null
  if (Array.isArray(value)) return value.map(hashOf)
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return createHash('sha256').update(text.trim().toLowerCase()).digest('hex')
}
