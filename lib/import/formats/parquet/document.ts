import type { IndexDefinition } from '../../../definition.ts'
import { fieldTypeOf } from '../../../fields/field-types.ts'
import { isUserId } from '../../../users/user-id.ts'
import { memberSteps, objectWriter } from '../member-tree.ts'
import type { LeafRow } from './leaf-rows.ts'
import { malformed } from './malformed.ts'
import { nodeWriter, type Write } from './node-writer.ts'
import { columnOf, type Schema } from './schema.ts'

/** A longer text is no id, and is not made a string of. */
const MAX_ID_BYTES = 256

/** Writes the row that its leaves have read. */
export interface DocumentWriter {
  /** The row as JSON text. Throws AppError with a path for a value that JSON has no form for. */
  write(): string
  /** The row's id, for the reject of such a row. */
  id(): string | undefined
}

/**
 * Makes a document of each row, as JSON text: of int64 and decimals every digit, of floats as many as make them again.
 * The name of a column is the path of a member, as in a CSV. pandas' json_normalize writes `address.city`.
 *
 * @throws AppError FILE_MALFORMED for a schema of which no document can be made
 */
export function documentWriter(
  { columns, leaves }: Schema,
  rows: readonly LeafRow[],
  definition: IndexDefinition,
): DocumentWriter {
  const numeric = numericPaths(definition)
  const isNumeric = (path: string) => numeric.has(path.replace(/\[\d+\]$/, ''))
  const write = objectWriter<void>(
    columns.map((column) => {
      const { name } = column
      const writeNode = nodeWriter(column, name, { rows, leaves, isNumeric })
      return { label: columnOf(column), steps: memberSteps(name), write: writeNode }
    }),
  )
  const idColumns = columns.filter(({ name, children, repetition }) => {
    return (name === 'id' || name === 'user') && children.length === 0 && repetition !== 'REPEATED'
  })
  // Of a record with both, `id` is the id.
  const ids = idColumns
    .toSorted((a, b) => a.name.localeCompare(b.name))
    .map((column) => ({
      row: rows[column.firstLeaf],
      write: nodeWriter(column, column.name, { rows, leaves, isNumeric }),
    }))

  function rewind(): void {
    for (const row of rows) {
      row.level = 0
      row.value = 0
    }
  }

  return {
    write() {
      rewind()
      const text = write() ?? '{}'
      if (rows.every(({ level, levelCount }) => level === levelCount)) return text
      throw malformed('levels of all columns that say the same')
    },
    id() {
      rewind()
      for (const { row, write: writeId } of ids) {
        const [value] = row?.values ?? []
        const isLong = Buffer.isBuffer(value) && value.length > MAX_ID_BYTES
        const text = isLong ? undefined : attempt(writeId)
        const id = text?.startsWith('"') ? String(JSON.parse(text)) : text
        if (id !== undefined && isUserId(id)) return id
      }
      return undefined
    },
  }
}

/** The id may be the value that is wrong. */
function attempt(write: Write): string | undefined {
  try {
    return write()
  } catch {
    return undefined
  }
}

/** The members that the index reads as numbers. */
function numericPaths({ fields, vector }: IndexDefinition): Set<string> {
  const paths = fields.filter((field) => fieldTypeOf(field).indexable.accepts(0.5)).map(({ path }) => path)
  return new Set([...paths, vector.path].map((path) => path.slice(2)))
}
