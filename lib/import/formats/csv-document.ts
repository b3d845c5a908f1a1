import type { IndexDefinition } from '../../definition.ts'
import { AppError } from '../../errors.ts'
import { numberList } from '../../fields/cell-list.ts'
import { FIELD_TYPES, fieldTypeOf } from '../../fields/field-types.ts'
import { type Column, columnOf, MAX_LEVELS } from './csv-column.ts'

/** The document of a row, as JSON text; `undefined` for a part of it whose cells are empty. */
type Write<T = string | undefined> = (cells: readonly string[]) => T

/** What a cell becomes, by the path of its column. */
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
  const columns = names.map(columnOf)
  const deep = columns.find(({ steps }) => steps.length > MAX_LEVELS)
  if (deep !== undefined) {
    const got = `column ${deep.cell + 1} with ${deep.steps.length}`
    throw malformed(`columns of at most ${MAX_LEVELS} names with dots between, got ${got}`)
  }
  const write = writeObject(columns, '$', cellWriters(definition))
  return (cells) => write(cells) ?? '{}'
}

function writeObject(columns: readonly Column[], path: string, writers: Map<string, CellWriter>): Write {
  const members = [...Map.groupBy(columns, ({ steps }) => String(steps[0]))].map(([name, group]) => {
    const write = writeMember(group, `${path}.${name}`, writers)
    return { name: JSON.stringify(name), write }
  })
  return (cells) => {
    const texts = members.flatMap(({ name, write }) => {
      const text = write(cells)
      return text === undefined ? [] : [`${name}:${text}`]
    })
    return texts.length === 0 ? undefined : `{${texts.join(',')}}`
  }
}

/** @param group the columns of one member, which is a single cell, or the cells of a list or of an object */
function writeMember(group: readonly Column[], path: string, writers: Map<string, CellWriter>): Write {
  const [first] = group
  if (first !== undefined && group.length === 1 && first.steps.length === 1) {
    return writeCell(first.cell, path, writers.get(path) ?? JSON.stringify)
  }
  const inner = group.map(({ steps, cell }) => ({ steps: steps.slice(1), cell }))
  const places = inner.map(({ steps }) => steps[0])
  if (places.every((place) => typeof place === 'number')) {
    const isWhole = places.toSorted((a, b) => a - b).every((place, i) => place === i)
    if (isWhole) return writeList(inner, path, writers.get(`${path}[]`) ?? JSON.stringify)
  } else if (places.every((place) => typeof place === 'string')) return writeObject(inner, path, writers)
  const last = group.reduce((cell, column) => Math.max(cell, column.cell), 0)
  throw malformed(`each column to be a member of its own, and lists without a gap; column ${last + 1} is not`)
}

function writeList(columns: readonly Column[], path: string, writer: CellWriter): Write {
  const elements = columns
    .toSorted((a, b) => Number(a.steps[0]) - Number(b.steps[0]))
    .map(({ cell, steps: [place] }) => writeCell(cell, `${path}[${place}]`, writer))
  return (cells) => {
    const texts = elements.flatMap((write) => write(cells) ?? [])
    return texts.length === 0 ? undefined : `[${texts.join(',')}]`
  }
}

function writeCell(cell: number, path: string, writer: CellWriter): Write {
  return (cells) => {
    const text = cells[cell]
    if (text === undefined || text === '') return undefined
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

function malformed(expected: string): AppError {
  return new AppError('FILE_MALFORMED', `Expected ${expected}`)
}
