import { AppError } from '../../errors.ts'
import { memberSteps } from './member-tree.ts'

/** ClickHouse, MySQL and Hive write `\N` for null, so that it is not an empty text. */
export function isEmptyCell(text: string): boolean {
  return text === '' || text === '\\N'
}

/** Whether a column of this name says which user a row is. */
export function namesUser(name: string): boolean {
  const [first] = memberSteps(name)
  return first === 'id' || first === 'user'
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
  if (names.some(namesUser)) return names
  const near = names.find((name) => /^(?:id|user)$/i.test(name))
  const got = near === undefined ? 'none' : `${near} (case counts)`
  throw new AppError('FILE_MALFORMED', `Expected a header row with a column id or user, got ${got}`)
}
