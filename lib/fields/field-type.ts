import type * as v from 'valibot'
import type { FilterParams, QueryNode } from './query-node.ts'

/** A declared field, whatever its type. */
export interface Field {
  path: string
  alias: string
  separator: string
  sortable: boolean
  returned: boolean
  filterable: boolean
}

export type StorageName = 'json' | 'hash'

/** One operator of a filter as query text, such as `@labels:{$p0}`. `path` is the operand's place in the filter. */
export type Operator = (field: Field, operand: unknown, path: string, params: FilterParams) => QueryNode

/** Everything that depends on the type of a field. A new type is one file with this interface, and its line in `field-types.ts`. */
export interface FieldType {
  /** The words of FT.CREATE for the field, without SORTABLE. */
  createArgs(field: Field): string[]
  /** How FT.INFO describes the same field. A live index that differs has drifted. */
  attribute(field: Field): FieldAttribute
  indexable: Indexable
  /** The parts of a value that RediSearch indexes and no filter finds, in words that follow `has`. */
  doubts(value: unknown): readonly string[]
  /** The text of the hash field, as RediSearch finds it in a JSON document. `undefined`: there is nothing to index. */
  toHash(field: Field, value: unknown): string | undefined
  /** The value that such a text stands for. */
  fromHash(text: string): unknown
  /** A value in an answer from a JSON document. RediSearch sends text; a list does not come here. */
  fromJson(text: string): unknown
  /**
   * A cell of a CSV file as JSON text. A cell that the type does not know stays text, and the record's check rejects it.
   *
   * @throws AppError FIELD_TYPE for a cell that is text, and that no filter would find as it is meant
   */
  fromCell(text: string): string
  operators: Readonly<Record<string, Operator>>
  /** The values that a filter may have after the field's alias. `operators` checks it; the API's description shows it. */
  filterSchema(field: Field): v.GenericSchema
  /**
   * A condition that about half of these users pass, by their values of the field, undefined if there is none.
   * A measurement of recall asks it. Absent if the type has no such condition.
   */
  halve?(field: Field, values: readonly unknown[]): unknown
  /** A parameter of `GET /users/{id}/similar`, where commas separate a list. */
  querySchema(field: Field): v.GenericSchema
  /** The condition that such a parameter stands for. */
  fromQuery(text: string): unknown
}

/** RediSearch indexes a text up to its first U+0000, so no search finds what follows. */
export const WITHOUT_NUL = 'text without the character U+0000'

export interface FieldAttribute {
  type: string
  weight?: number
  separator?: string
}

/** The values that RediSearch indexes. With any other value it leaves the whole document out, without an error. */
export interface Indexable {
  /** In words: `a number`. */
  one: string
  /** In words, after `a list of`: `numbers`. */
  several: string
  accepts(value: unknown): boolean
  /** The values that `accepts` takes, for the API's description. */
  schema: v.GenericSchema
  /** The storages in which the value may be a list. */
  listsIn: readonly StorageName[]
  /** Whether an element of a list may be this; the same as `accepts` if it is absent. */
  acceptsInList?(element: unknown): boolean
  /** The values that `acceptsInList` takes; the same as `schema` if it is absent. */
  schemaInList?: v.GenericSchema
  /** Whether a list may be empty. */
  emptyLists: boolean
  /** Of a text that RediSearch indexes in part only: what it would index as a whole, such as `text without U+0000`. */
  wholeInstead?(field: Field, text: string): string | undefined
}
