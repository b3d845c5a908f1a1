import type { FieldDefinition, IndexDefinition } from '../definition.ts'
import { fieldTypeOf } from '../fields/field-types.ts'
import { jsonGetArgs, jsonMgetArgs, parseJsonGet, parseJsonMget } from '../redis/commands/json.ts'
import { delArgs } from '../redis/commands/keys.ts'
import { type Reply, replyOf } from '../redis/redis.ts'
import { asString, memberOf } from '../redis/reply.ts'
import { parseExact } from './exact-json.ts'
import { documentWriter } from './json-document.ts'
import { asObject, pathSteps } from './json-path.ts'
import { isSameRecord } from './same-document.ts'
import type { Columns, Storage } from './storage.ts'
import { versionOf } from './version.ts'

const VECTOR = '__vector'

/** Stores a user as a document of RedisJSON. */
export function jsonStorage(definition: IndexDefinition): Storage {
  const { vector } = definition
  const vectorSteps = pathSteps(vector.path)

  return {
    kind: 'a JSON document',
    writeArgs: documentWriter(definition),
    deleteArgs: (key) => [delArgs(key)],
    readArgs: (keys) => [jsonMgetArgs(keys)],
    readOptions: {},

    parseRead: (_keys, [outcome]) =>
      parseJsonMget(replyOf(outcome)).map((text) =>
        text === undefined
          ? undefined
          : {
              equals: (user) => isSameRecord(text, user, vectorSteps, vector.type),
              document: () => asObject(parseExact(text)),
              version: () => versionOf([text]),
            },
      ),

    async readVector(redis, key, options) {
      const matches = parseJsonGet(await redis.send(jsonGetArgs(key, vector.path), options))
      if (matches === undefined) return undefined
      return Array.isArray(matches[0]) ? matches[0] : null
    },

    readVectorsArgs: (keys) => [jsonMgetArgs(keys, vector.path)],
    parseVectors: (_keys, [outcome]) =>
      parseJsonMget(replyOf(outcome)).map((text) => {
        const matches: unknown = text === undefined ? [] : JSON.parse(text)
        const found: unknown = Array.isArray(matches) ? matches[0] : undefined
        return Array.isArray(found) ? found : null
      }),

    columns: (fields, withVector) => jsonColumns(vector, fields, withVector),

    readFieldsArgs: (keys, fields) => fields.map(({ path }) => jsonMgetArgs(keys, path)),
    parseFields(keys, fields, outcomes) {
      const columns = fields.map((_, i) => parseJsonMget(replyOf(outcomes[i])))
      return keys.map((_, row) => {
        const values = fields.map(({ alias }, i) => [alias, matchedValue(columns[i]?.[row])] as const)
        return Object.fromEntries(values.filter(([, value]) => value !== undefined))
      })
    },
  }
}

/** The value in the list of matches of a path; a list if there are several. */
function matchedValue(text: string | undefined): unknown {
  const matches: unknown = text === undefined ? [] : parseExact(text)
  return Array.isArray(matches) && matches.length < 2 ? matches[0] : matches
}

/** Reads by path: by alias, RediSearch would return a sortable field's folded value. */
function jsonColumns(
  vector: IndexDefinition['vector'],
  fields: readonly FieldDefinition[],
  withVector: boolean,
): Columns {
  const columns = fields.map(({ path, alias }) => ({ path, alias }))
  return {
    returned: withVector ? [...columns, { path: vector.path, alias: VECTOR }] : columns,
    options: {},
    read(values) {
      const answered: Record<string, unknown> = {}
      for (const field of fields) {
        const value = memberOf(values, field.alias)
        if (value !== undefined) answered[field.alias] = fieldValue(value, field)
      }
      const text = withVector ? (memberOf(values, VECTOR) ?? null) : null
      return text === null ? { fields: answered } : { fields: answered, vector: JSON.parse(asString(text)) }
    },
  }
}

/** RediSearch sends every value as text, and a list as JSON text. */
function fieldValue(value: Reply, field: FieldDefinition): unknown {
  if (typeof value !== 'string' && !Buffer.isBuffer(value)) return value
  const text = asString(value)
  return text.startsWith('[') ? parseList(text) : fieldTypeOf(field).fromJson(text)
}

function parseList(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
