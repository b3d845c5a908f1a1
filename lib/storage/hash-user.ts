import type { FieldDefinition, IndexDefinition } from '../definition.ts'
import { fieldTypeOf } from '../fields/field-types.ts'
import { fromBytes, toBytes, toNumbers } from '../vector.ts'
import { isExactAll, parseExact } from './exact-json.ts'
import { asObject, member, pathSteps, putAt, valueAt, withoutPaths } from './json-path.ts'
import type { User } from './storage.ts'

/** The record without its declared fields and its vector, as JSON. Aliases cannot begin with `__`. */
export const REST = '__rest'
/**
 * The declared fields that differ from their hash fields (lists, true, null, 9007199254740993), as JSON by alias.
 * Most users have none. They are separate from the rest, so that an answer does not have to read all of the rest.
 */
export const EXACT = '__exact'

export interface HashUserCodec {
  /** Every name that a user's hash may have, in the order of reading. */
  names: readonly string[]
  /** The value of each name that this user has. */
  encode(user: User): Map<string, string | Buffer>
  decode(values: ReadonlyMap<string, Buffer>): Record<string, unknown>
}

/** Converts a record to a hash, and back. */
export function hashUserCodec({ fields, vector }: IndexDefinition): HashUserCodec {
  const declared = fields.map((field) => ({ field, steps: pathSteps(field.path) }))
  const vectorSteps = pathSteps(vector.path)
  const inHash = [...declared.map(({ steps }) => steps), vectorSteps]

  return {
    names: [REST, ...fields.map(({ alias }) => alias), EXACT, vector.alias],

    encode({ document, value, vector: stored }) {
      const isPlain = isExactAll(value, valueAt(value, vectorSteps))
      const source = isPlain ? value : asObject(parseExact(document.toString()))
      const values = new Map<string, string | Buffer>([[REST, JSON.stringify(withoutPaths(source, inHash))]])
      const exact: [alias: string, value: unknown][] = []
      for (const { field, steps } of declared) {
        const given = valueAt(value, steps)
        if (given === undefined) continue
        const text = fieldTypeOf(field).toHash(field, given)
        if (text !== undefined) values.set(field.alias, text)
        if (!isCompleteText(field, text, given)) exact.push([field.alias, valueAt(source, steps)])
      }
      if (exact.length > 0) values.set(EXACT, JSON.stringify(Object.fromEntries(exact)))
      return values.set(vector.alias, toBytes(stored, vector.type))
    },

    decode(values) {
      const document = parseJsonField(values.get(REST)?.toString())
      const exact = parseJsonField(values.get(EXACT)?.toString())
      for (const { field, steps } of declared) {
        const value = fieldValue(field, values.get(field.alias)?.toString(), exact)
        if (value !== undefined) putAt(document, steps, value)
      }
      const bytes = values.get(vector.alias)
      const stored = bytes && fromBytes(bytes, vector.type)
      if (stored !== undefined) putAt(document, vectorSteps, toNumbers(stored, vector.type))
      return document
    },
  }
}

/**
 * Parses REST or EXACT. Returns an empty object if the field is missing, or if another program has written something
 * else.
 */
export function parseJsonField(text: string | undefined): Record<string, unknown> {
  if (text === undefined) return {}
  try {
    return asObject(parseExact(text))
  } catch {
    return {}
  }
}

/** The record's value of the field; undefined if it has none. */
export function fieldValue(field: FieldDefinition, text: string | undefined, exact: object): unknown {
  const value = member(exact, field.alias)
  return value !== undefined || text === undefined ? value : fieldTypeOf(field).fromHash(text)
}

/** Whether the text of the hash field alone restores the value. */
function isCompleteText(field: FieldDefinition, text: string | undefined, value: unknown): boolean {
  return text !== undefined && isExactAll(value) && fieldTypeOf(field).fromHash(text) === value
}
