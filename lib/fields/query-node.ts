import { AppError, show } from '../errors.ts'

/** A part of a query: the text of one condition, or what joins or negates others. `toQueryText` writes it. */
export type QueryNode =
  | string
  | { readonly op: 'and' | 'or'; readonly parts: readonly QueryNode[] }
  | { readonly op: 'not'; readonly part: QueryNode }

/** The values of a filter. Each method gives the names that stand for them in the query's text. */
export interface FilterParams {
  value(value: string, path: string): string
  /** The terms of one value, such as a word in upper and lower case. */
  spellings(terms: readonly (string | Buffer)[], path: string): string[]
  /** Tells the caller what an answer by this filter may get wrong. */
  warn(warning: string): void
}

export function intersection(parts: readonly QueryNode[]): QueryNode {
  return join('and', parts)
}

export function union(parts: readonly QueryNode[]): QueryNode {
  return join('or', parts)
}

export function not(part: QueryNode): QueryNode {
  return typeof part !== 'string' && part.op === 'not' ? part.part : { op: 'not', part }
}

/** Without an operator for a single part, and without an operator within the same. */
function join(op: 'and' | 'or', parts: readonly QueryNode[]): QueryNode {
  const flat = parts.flatMap((part) => (typeof part !== 'string' && part.op === op ? part.parts : [part]))
  const [first] = flat
  return first !== undefined && flat.length === 1 ? first : { op, parts: flat }
}

export function expectList(value: unknown, path: string): unknown[] {
  if (Array.isArray(value) && value.length > 0) return value
  throw invalid(path, `Expected a list with at least one value, got ${show(value)}`)
}

export function invalid(path: string, message: string): AppError {
  return new AppError('FILTER_INVALID', `${message} at ${path}`, { problems: [{ path, message }] })
}
