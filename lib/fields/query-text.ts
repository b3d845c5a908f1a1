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

/**
 * RediSearch 2.10 reads a union of more than 20 parts through a heap, and loses users there when a part holds a
 * negation: of 60 random unions of 25 parts with `$not`, 51 had a wrong answer, and of 20 parts none. So such a union
 * is written as the negation of all negated parts. A union may be merged into the one around it, so its parts count.
 */
const MAX_UNION_WITH_NEGATION = 20

export function union(parts: readonly string[]): string {
  if (parts.length === 1) return parts[0] ?? ''
  const text = `(${parts.join(' | ')})`
  const isSafe = text.split(' | ').length <= MAX_UNION_WITH_NEGATION || !text.includes('(-')
  return isSafe ? text : not(intersection(parts.map(not)))
}

/** Only a negation begins with `(-`. */
export function not(part: string): string {
  return part.startsWith('(-') ? part.slice(2, -1) : `(-${part})`
}

export function expectList(value: unknown, path: string): unknown[] {
  if (Array.isArray(value) && value.length > 0) return value
  throw invalid(path, `Expected a list with at least one value, got ${show(value)}`)
}

export function invalid(path: string, message: string): AppError {
  return new AppError('FILTER_INVALID', `${message} at ${path}`, { problems: [{ path, message }] })
}
