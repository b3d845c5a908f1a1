import type { LeafRow } from './leaf-rows.ts'
import { malformed } from './malformed.ts'
import type { SchemaNode } from './schema.ts'

/** The definition of the next level of a leaf. */
export function definitionOf(row: LeafRow | undefined): number {
  if (row !== undefined && row.level < row.levelCount) return row.definitions[row.level] ?? 0
  throw malformed('levels of all columns that say the same')
}

/** Passes what is null or empty. Of a null array, DuckDB writes a level for each element that there would be. */
export function passNull(row: LeafRow, maxRepetition: number): void {
  do row.level++
  while (row.level < row.levelCount && (row.repetitions[row.level] ?? 0) > maxRepetition)
}

/** Calls back for each repetition that the levels of the row say, and passes the levels of an empty list. */
export function repetitionsOf(repeated: SchemaNode, rows: readonly LeafRow[]): (write: () => void) => void {
  const leaves = rows.slice(repeated.firstLeaf, repeated.endLeaf)
  const [first] = leaves

  function goesOn(): boolean {
    if (first === undefined || first.level >= first.levelCount) return false
    return first.repetitions[first.level] === repeated.maxRepetition
  }

  return (write) => {
    if (definitionOf(first) < repeated.maxDefinition) {
      for (const leaf of leaves) passNull(leaf, repeated.maxRepetition - 1)
    } else {
      do write()
      while (goesOn())
    }
  }
}
