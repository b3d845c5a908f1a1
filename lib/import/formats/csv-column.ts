import { AppError } from '../../errors.ts'

/** A column of a CSV, as the header names it. */
export interface Column {
  /** Names of members, and at the end perhaps a place in a list. */
  steps: readonly (string | number)[]
  cell: number
}

/** As in RedisJSON: a deeper document could not be stored. */
export const MAX_LEVELS = 127

/** `city`, `address.city`, `vector_embedding[7]` */
const COLUMN_NAME = /^([^.[\]]+(?:\.[^.[\]]+)*)(?:\[(0|[1-9]\d{0,8})\])?$/

export function columnOf(name: string, cell: number): Column {
  const [, path, place] = COLUMN_NAME.exec(name) ?? []
  if (path === undefined) return { steps: [name], cell }
  return { steps: place === undefined ? path.split('.') : [...path.split('.'), Number(place)], cell }
}

/** Whether the column says which user a row is. */
export function namesUser({ steps }: Column): boolean {
  return steps[0] === 'id' || steps[0] === 'user'
}

/**
 * The names in a header row, without the blanks around them and without the empty ones at its end, which Excel writes
 * for columns that were once used.
 *
 * @throws AppError FILE_MALFORMED when no column says which user a row is
 */
export function columnNames(cells: readonly string[]): string[] {
  const names = cells.map((cell) => cell.trim())
  while (names.at(-1) === '') names.pop()
  if (names.map(columnOf).some(namesUser)) return names
  const near = names.find((name) => /^(?:id|user)$/i.test(name))
  const got = near === undefined ? 'none' : `${near} (case counts)`
  throw new AppError('FILE_MALFORMED', `Expected a header row with a column id or user, got ${got}`)
}
