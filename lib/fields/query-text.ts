import { AppError, show } from '../errors.ts'

/** Registers a value, and gives the name that stands for it in the query's text. */
export type Bind = (value: string, path: string) => string

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
