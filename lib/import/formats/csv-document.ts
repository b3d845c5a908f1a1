import type { IndexDefinition } from '../../definition.ts'
import { AppError } from '../../errors.ts'
import { FIELD_TYPES, fieldTypeOf } from '../../fields/field-types.ts'

/** The document of a row, as JSON text; `undefined` for a part of it whose cells are empty. */
type Write<T = string | undefined> = (cells: readonly string[]) => T

interface Column {
  /** Names of members, and at the end perhaps a place in a list. */
  steps: readonly (string | number)[]
  cell: number
}

/** What a cell becomes, by the path of its column. */
type CellWriter = (text: string) => string

/** `city`, `address.city`, `vector_embedding[7]` */
const COLUMN_NAME = /^([^.[\]]+(?:\.[^.[\]]+)*)(?:\[(0|[1-9]\d{0,8})\])?$/

/**
 * Makes a document of each row under a header. A column's name is the path of a member; its type is that of the field
 * at that path. An empty cell is no member, and so is an object or list of which all cells are empty.
 *
 * A cell that is not what its field takes stays text, for the check of the record to reject.
 *
 * @throws AppError FILE_MALFORMED for names of which no document can be made; of a row FIELD_TYPE, for `deleted`
 */
export function csvDocument(names: readonly string[], definition: IndexDefinition): Write<string> {
  const columns = names.map((name, cell): Column => ({ steps: stepsOf(name), cell }))
  if (!columns.some(({ steps }) => steps[0] === 'id' || steps[0] === 'user')) {
    throw malformed('a header row with a column id or user, and a comma between columns')
  }
  const write = writeObject(columns, '$', cellWriters(definition))
  return (cells) => write(cells) ?? '{}'
}

function stepsOf(name: string): Column['steps'] {
  const [, path, place] = COLUMN_NAME.exec(name) ?? []
  if (path === undefined) return [name]
  return place === undefined ? path.split('.') : [...path.split('.'), Number(place)]
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
    return writeCell(first.cell, writers.get(path) ?? JSON.stringify)
  }
  const inner = group.map(({ steps, cell }) => ({ steps: steps.slice(1), cell }))
  const places = inner.map(({ steps }) => steps[0])
  if (places.every((place) => typeof place === 'number')) {
    const isWhole = places.toSorted((a, b) => a - b).every((place, i) => place === i)
    if (isWhole) return writeList(inner, writers.get(`${path}[]`) ?? JSON.stringify)
  } else if (places.every((place) => typeof place === 'string')) return writeObject(inner, path, writers)
  throw malformed(
    `each column to be a member of its own, and lists without a gap; column ${1 + at(group)} is not`,
  )
}

const at = (group: readonly Column[]) => Math.max(...group.map(({ cell }) => cell))

function writeList(columns: readonly Column[], writer: CellWriter): Write {
  const elements = columns
    .toSorted((a, b) => Number(a.steps[0]) - Number(b.steps[0]))
    .map(({ cell }) => writeCell(cell, writer))
  return (cells) => {
    const texts = elements.flatMap((write) => write(cells) ?? [])
    return texts.length === 0 ? undefined : `[${texts.join(',')}]`
  }
}

function writeCell(cell: number, writer: CellWriter): Write {
  return (cells) => {
    const text = cells[cell]
    return text === undefined || text === '' ? undefined : writer(text)
  }
}

/** By path; the elements of a list have that of the list with `[]`. What is not in it is text. */
function cellWriters({ fields, vector }: IndexDefinition): Map<string, CellWriter> {
  return new Map<string, CellWriter>([
    ...fields.flatMap((field) => {
      const { fromCell } = fieldTypeOf(field)
      return [field.path, `${field.path}[]`].map((name) => [name, fromCell] as const)
    }),
    [`${vector.path}[]`, FIELD_TYPES.NUMERIC.fromCell],
    [vector.path, asList],
    ['$.deleted', asBoolean],
  ])
}

function asList(text: string): string {
  try {
    if (Array.isArray(JSON.parse(text))) return text
  } catch {}
  return JSON.stringify(text)
}

/** Python writes True. Anything else might have been meant to delete somebody. */
function asBoolean(text: string): string {
  const word = text.trim().toLowerCase()
  if (word === 'true' || word === 'false') return word
  throw new AppError('FIELD_TYPE', 'Expected true or false in the column deleted, got other text')
}

function malformed(expected: string): AppError {
  return new AppError('FILE_MALFORMED', `Expected ${expected}`)
}
