import { AppError, show } from '../errors.ts'

/** The values of a filter. Each method gives the names that stand for them in the query's text. */
export interface FilterParams {
  value(value: string, path: string): string
  /** The terms of one value, such as a word in upper and lower case. */
  spellings(terms: readonly (string | Buffer)[], path: string): string[]
  /** Tells the caller what an answer by this filter may get wrong. */
  warn(warning: string): void
}

export function intersection(parts: readonly string[]): string {
  return parts.length === 1 ? (parts[0] ?? '') : `(${parts.join(' ')})`
}

export function union(parts: readonly string[]): string {
  return parts.length === 1 ? (parts[0] ?? '') : `(${parts.join(' | ')})`
}

export function not(part: string): string {
  return `(-${part})`
}

export function expectList(value: unknown, path: string): unknown[] {
  if (Array.isArray(value) && value.length > 0) return value
  throw invalid(path, `Expected a list with at least one value, got ${show(value)}`)
}

export function invalid(path: string, message: string): AppError {
  return new AppError('FILTER_INVALID', `${message} at ${path}`, { problems: [{ path, message }] })
}
