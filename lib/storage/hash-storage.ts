import type { FieldDefinition, IndexDefinition } from '../definition.ts'
import type { AppError } from '../errors.ts'
import { hdelArgs, hgetArgs, hmgetArgs, hsetArgs } from '../redis/commands/hashes.ts'
import { delArgs, existsArgs } from '../redis/commands/keys.ts'
import { type Outcome, type Reply, replyOf } from '../redis/redis.ts'
import { asArray, asNumber, asString, memberOf } from '../redis/reply.ts'
import { fromBytes, toNumbers } from '../vector.ts'
import { EXACT, fieldValue, hashUserCodec, parseJsonField } from './hash-user.ts'
import type { Columns, Storage } from './storage.ts'
import { versionOf } from './version.ts'

const BINARY = { binary: true }

/** Stores a user as a hash: the declared fields, the vector's bytes, and the rest as JSON. */
export function hashStorage(definition: IndexDefinition): Storage {
  const { vector } = definition
  const { names, encode, decode } = hashUserCodec(definition)

  return {
    kind: 'a hash',
    /**
     * HSET leaves the user's other names in the hash, so HDEL deletes the absent ones after it. If none of them
     * exists, HDEL changes nothing and RediSearch does nothing. Each change that RediSearch sees inserts the vector
     * again.
     */
    writeArgs(key, user) {
      const values = encode(user)
      const absent = names.filter((name) => !values.has(name))
      return [hsetArgs(key, values), ...(absent.length > 0 ? [hdelArgs(key, absent)] : [])]
    },

    deleteArgs: (key) => [delArgs(key)],
    readArgs: (keys) => keys.map((key) => hmgetArgs(key, names)),
    readOptions: BINARY,

    parseRead: (keys, outcomes) =>
      keys.map((_, i) => {
        const stored = storedValues(names, outcomes[i])
        if (stored.size === 0) return undefined
        return {
          equals(user) {
            const values = encode(user)
            return names.every((name) => isSame(stored.get(name), values.get(name)))
          },
          document: () => decode(stored),
          version: () => versionOf([...stored].flat()),
        }
      }),

    async readVector(redis, key, options) {
      const bytes = await redis.send(hgetArgs(key, vector.alias), { ...options, ...BINARY })
      if (Buffer.isBuffer(bytes)) return fromBytes(bytes, vector.type) ?? null
      return asNumber(await redis.send(existsArgs(key), options)) > 0 ? null : undefined
    },

    readVectorsArgs: (keys) => keys.map((key) => hgetArgs(key, vector.alias)),
    parseVectors: (keys, outcomes) =>
      keys.map((_, i) => {
        const outcome = outcomes[i]
        if (outcome !== undefined && 'refused' in outcome && isOtherType(outcome.refused)) return null
        const bytes = replyOf(outcome)
        return Buffer.isBuffer(bytes) ? (fromBytes(bytes, vector.type) ?? null) : null
      }),

    columns: (fields, withVector) => hashColumns(vector, fields, withVector),

    readFieldsArgs: (keys, fields) => keys.map((key) => hmgetArgs(key, namesOf(fields))),
    parseFields: (keys, fields, outcomes) =>
      keys.map((_, i) => {
        const outcome = outcomes[i]
        if (outcome !== undefined && 'refused' in outcome && isOtherType(outcome.refused)) return {}
        const values = asArray(replyOf(outcome))
        return fieldsOf(
          fields,
          namesOf(fields).flatMap((name, j) => [name, values[j] ?? null]),
        )
      }),
  }
}

function hashColumns(
  vector: IndexDefinition['vector'],
  fields: readonly FieldDefinition[],
  withVector: boolean,
): Columns {
  const names = [...namesOf(fields), ...(withVector ? [vector.alias] : [])]
  return {
    returned: names.map((name) => ({ path: name, alias: name })),
    options: withVector ? BINARY : {},
    read(values) {
      const answered = fieldsOf(fields, values)
      const bytes = withVector ? memberOf(values, vector.alias) : undefined
      const stored = Buffer.isBuffer(bytes) ? fromBytes(bytes, vector.type) : undefined
      return stored === undefined
        ? { fields: answered }
        : { fields: answered, vector: toNumbers(stored, vector.type) }
    },
  }
}

function namesOf(fields: readonly FieldDefinition[]): string[] {
  return fields.length > 0 ? [...fields.map(({ alias }) => alias), EXACT] : []
}

/** @param values a map by alias */
function fieldsOf(fields: readonly FieldDefinition[], values: Reply): Record<string, unknown> {
  const exact = parseJsonField(asText(memberOf(values, EXACT)))
  const found: Record<string, unknown> = {}
  for (const field of fields) {
    const value = fieldValue(field, asText(memberOf(values, field.alias)), exact)
    if (value !== undefined) found[field.alias] = value
  }
  return found
}

/** The stored values by name. A key that is not a hash has no user; the write will report it. */
function storedValues(names: readonly string[], outcome: Outcome | undefined): ReadonlyMap<string, Buffer> {
  if (outcome !== undefined && 'refused' in outcome && isOtherType(outcome.refused)) return new Map()
  const values = asArray(replyOf(outcome))
  return new Map(
    names.flatMap((name, i) => {
      const value = values[i]
      return Buffer.isBuffer(value) ? [[name, value]] : []
    }),
  )
}

function isOtherType(error: AppError): boolean {
  return error.code === 'RECORD_UNSTORABLE'
}

function isSame(stored: Buffer | undefined, value: string | Buffer | undefined): boolean {
  if (stored === undefined || value === undefined) return stored === value
  return stored.equals(typeof value === 'string' ? Buffer.from(value) : value)
}

function asText(reply: Reply | undefined): string | undefined {
  return reply === undefined || reply === null ? undefined : asString(reply)
}
