import type { IndexDefinition } from '../../definition.ts'
import { AppError } from '../../errors.ts'
import { numberList } from '../../fields/cell-list.ts'
import { FIELD_TYPES, fieldTypeOf } from '../../fields/field-types.ts'
import { isEmptyCell } from './csv-column.ts'
import { type MemberSteps, memberSteps, objectWriter } from './member-tree.ts'

/** The document of a row, as JSON text; `undefined` for a cell that is empty. */
type Write<T = string | undefined> = (cells: readonly string[]) => T

/** The JSON value of a cell, by the path of its column. */
type CellWriter = (text: string) => string

/**
 * Makes a document of each row under a header. A column's name is the path of a member; its type is that of the field
 * at that path. An empty cell is no member, and so is an object or list of which all cells are empty.
 *
 * A cell that is not what its field takes stays text, for the check of the record to reject.
 *
 * @throws AppError FILE_MALFORMED for names of which no document can be made; of a row FIELD_TYPE, with the path
 */
export function csvDocument(names: readonly string[], definition: IndexDefinition): Write<string> {
  const writers = cellWriters(definition)
  const write = objectWriter<readonly string[]>(
    names.map((name, cell) => {
      const steps = memberSteps(name)
      const writer = writers.get(pathOf(steps, () => '[]')) ?? JSON.stringify
      const path = pathOf(steps, (place) => `[${place}]`)
      return { label: `column ${cell + 1}`, steps, write: writeCell(cell, path, writer) }
    }),
  )
  return (cells) => write(cells) ?? '{}'
}

/** `$.address.city`; how a place in a list is written differs. */
function pathOf(steps: MemberSteps, place: (step: number) => string): string {
  return `$${steps.map((step) => (typeof step === 'number' ? place(step) : `.${step}`)).join('')}`
}

function writeCell(cell: number, path: string, writer: CellWriter): Write {
  return (cells) => {
    const text = cells[cell]
    if (text === undefined || isEmptyCell(text)) return undefined
    try {
      return writer(text)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      const { code, message } = error
      throw new AppError(code, message, { problems: [{ path: path.slice(2), message }] })
    }
  }
}

/** By path; the elements of a list have that of the list with `[]`. A cell of any other column is text. */
function cellWriters({ fields, vector }: IndexDefinition): Map<string, CellWriter> {
  return new Map<string, CellWriter>([
    ...fields.flatMap((field) => {
      const { fromCell } = fieldTypeOf(field)
      return [field.path, `${field.path}[]`].map((name) => [name, fromCell] as const)
    }),
    [`${vector.path}[]`, FIELD_TYPES.NUMERIC.fromCell],
    [vector.path, (text) => numberList(text) ?? JSON.stringify(text)],
    ['$.deleted', asBoolean],
  ])
}

/** Python writes True, Excel TRUE. The check of the record rejects any other word. */
function asBoolean(text: string): string {
  const word = text.trim().toLowerCase()
  return word === 'true' || word === 'false' ? word : JSON.stringify(text)
}
