import type { FieldDefinition } from '../definition.ts'
import type { CallOptions, Command, Outcome, Redis, Reply } from '../redis/redis.ts'
import type { Vector } from '../vector.ts'

/**
 * A user that RediSearch will index. Redis stores nearly anything, but RediSearch silently leaves some documents out.
 */
export interface User {
  id: string
  /** The document as received. */
  document: Buffer
  /** The parsed document. It may have an empty list in the vector's place: numbers take most of the memory. */
  value: object
  /** Its vector, in the index's type. */
  vector: Vector
}

/** The user under a key. */
export interface StoredUser {
  /**
   * Whether the stored user equals the record, so that no write is needed. If this is uncertain, the answer is false.
   */
  equals(user: User): boolean
  /** The record as received. Numbers that a double would change are restored as they were written. */
  document(): Record<string, unknown>
  /** Changes with every change of the stored user, by any program. */
  version(): string
}

/** The columns of a search row, in addition to its distance. */
export interface Columns {
  returned: readonly { path: string; alias: string }[]
  options: Pick<CallOptions, 'binary'>
  read(values: Reply): { fields: Record<string, unknown>; vector?: number[] }
}

/** How users are stored in Redis. Only the implementations know the form. */
export interface Storage {
  /** `a JSON document` */
  kind: string
  /** The commands that create or replace the user. */
  writeArgs(key: string, user: User): Command[]
  deleteArgs(key: string): Command[]
  readArgs(keys: readonly string[]): Command[]
  readOptions: Pick<CallOptions, 'binary'>
  /** One stored user per key, from the outcomes of `readArgs`; undefined if there is no user. */
  parseRead(keys: readonly string[], outcomes: readonly Outcome[]): (StoredUser | undefined)[]
  /** The stored vector, unchecked: undefined if there is no such user, null if it has no vector. */
  readVector(
    redis: Redis,
    key: string,
    options?: CallOptions,
  ): Promise<readonly unknown[] | Vector | null | undefined>
  /** The commands that read the vectors of several users and nothing else of them. */
  readVectorsArgs(keys: readonly string[]): Command[]
  /** The vectors of the keys, unchecked, from the outcomes of `readVectorsArgs`: null where there is none. */
  parseVectors(keys: readonly string[], outcomes: readonly Outcome[]): (readonly unknown[] | Vector | null)[]
  columns(fields: readonly FieldDefinition[], withVector: boolean): Columns
  /** The commands that read fields of users. In a row of a search, a double has 12 digits (123456789.123). */
  readFieldsArgs(keys: readonly string[], fields: readonly FieldDefinition[]): Command[]
  /** The values by alias for each key, with all digits, from the outcomes of `readFieldsArgs`. */
  parseFields(
    keys: readonly string[],
    fields: readonly FieldDefinition[],
    outcomes: readonly Outcome[],
  ): Record<string, unknown>[]
}
