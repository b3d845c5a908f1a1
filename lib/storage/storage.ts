import type { FieldDefinition } from '../definition.ts'
import type { CallOptions, Command, Outcome, Redis, Reply } from '../redis/redis.ts'
import type { Vector } from '../vector.ts'

/** A user that RediSearch will really index: Redis takes nearly anything, RediSearch then leaves it out without a word. */
export interface User {
  id: string
  /** The document as it came. */
  document: Buffer
  /** The same, parsed. */
  value: object
  /** Its vector, in the index's type. */
  vector: Vector
}

/** What is under a user's key. */
export interface StoredUser {
  /** Whether the record says the same, and need not be written. In doubt it does not. */
  equals(user: User): boolean
  /** The record as it came: numbers that a double would change are written as they were. */
  document(): Record<string, unknown>
  /** Changes whenever what is stored does, by whomever. */
  version(): string
}

/** What a row of a search brings beside its distance. */
export interface Columns {
  returned: readonly { path: string; alias: string }[]
  options: Pick<CallOptions, 'binary'>
  read(values: { [alias: string]: Reply }): { fields: Record<string, unknown>; vector?: number[] }
}

/** How users lie in Redis. Nobody but the implementations knows which it is. */
export interface Storage {
  /** `a JSON document` */
  kind: string
  /** The commands that make the user what the record says, whatever was there. */
  writeArgs(key: string, user: User): Command[]
  deleteArgs(key: string): Command[]
  readArgs(keys: readonly string[]): Command[]
  readOptions: Pick<CallOptions, 'binary'>
  /** Of each of the keys, from the outcomes of `readArgs`; undefined where no user is. */
  parseRead(keys: readonly string[], outcomes: readonly Outcome[]): (StoredUser | undefined)[]
  /** As it is stored, unchecked: undefined when there is no such user, null when there is no vector. */
  readVector(
    redis: Redis,
    key: string,
    options?: CallOptions,
  ): Promise<readonly unknown[] | Vector | null | undefined>
  columns(fields: readonly FieldDefinition[], withVector: boolean): Columns
}
