import type { FieldDefinition } from '../../definition.ts'

/** A row of an audience's file: the values of its columns, in their order. */
export type Row = readonly unknown[]

export interface Column {
  name: string
  /** The type of the column in a Parquet file. A text holds all other values as JSON. */
  type: 'text' | 'integer' | 'number' | 'boolean'
}

export interface AudienceColumns {
  columns: readonly Column[]
  contentType: string
}

/** A row group of Parquet, and what is encoded at once. */
export const ROWS_A_BATCH = 5_000

const OWN: readonly Column[] = [
  { name: 'id', type: 'text' },
  { name: 'rank', type: 'integer' },
  { name: 'similarity', type: 'number' },
  { name: 'nearestSeed', type: 'text' },
]

/** The columns of a file: our own, the fields, the hashed fields as `<field>_sha256`; `field_<name>` if a name is taken. */
export function columnsFor(
  fields: readonly FieldDefinition[],
  { shown, hashed }: { shown: readonly string[]; hashed: readonly string[] },
): Column[] {
  const typeOf = (alias: string) => fields.find((field) => field.alias === alias)?.type
  const types: Partial<Record<string, Column['type']>> = { NUMERIC: 'number', BOOLEAN: 'boolean' }
  const columns = [...OWN]
  // Two columns of one name would be one member of NDJSON: the customer's rank would replace ours.
  function add(name: string, type: Column['type']): void {
    const isTaken = columns.some((column) => column.name === name)
    if (isTaken) add(`field_${name}`, type)
    else columns.push({ name, type })
  }
  for (const alias of shown) add(alias, types[typeOf(alias) ?? ''] ?? 'text')
  for (const alias of hashed) add(`${alias}_sha256`, 'text')
  return columns
}

/** A value as text: a list or an object as JSON, nothing for a value that is absent. */
export function asText(value: unknown): string | null {
  if (value === undefined || value === null) return null
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
