import type { Search } from '../../client/src/index.ts'
import { type FieldInfo, type FilterLines, filterOf, linesToText, textToLines } from './filter-builder.ts'

/** The input of a person who searches. */
export interface SearchForm {
  by: 'user' | 'group' | 'vector'
  user: string
  vector: string
  like: string
  unlike: string
  strategy: 'average' | 'best_score'
  k: number
  isExact: boolean
  filter: FilterLines
}

const DEFAULT_K = 20

export function formOf(query: Readonly<Record<string, string>>): SearchForm {
  const { user = '', vector = '', like = '', unlike = '', k, exact, strategy } = query
  return {
    by: like !== '' ? 'group' : vector !== '' ? 'vector' : 'user',
    ...{ user, vector, like, unlike },
    strategy: strategy === 'best_score' ? 'best_score' : 'average',
    k: Number(k) >= 1 ? Math.floor(Number(k)) : DEFAULT_K,
    isExact: exact === 'true',
    filter: textToLines(query.filter, query.any === 'true'),
  }
}

/** The form as the query of the address. Defaults are left out. */
export function queryOf(form: SearchForm): Record<string, unknown> {
  const { by, user, vector, like, unlike, strategy, k, isExact, filter } = form
  return {
    ...(by === 'user' && { user }),
    ...(by === 'vector' && { vector }),
    ...(by === 'group' && { like, unlike, strategy: strategy === 'average' ? '' : strategy }),
    k: k === DEFAULT_K ? '' : k,
    exact: isExact ? true : '',
    filter: linesToText(filter),
    any: filter.isAny && filter.conditions.length > 1 ? true : '',
  }
}

/** The request that the form asks for; undefined while it names nothing to search by. */
export function requestOf(form: SearchForm, fields: readonly FieldInfo[]): Search | undefined {
  const filter = filterOf(form.filter, fields)
  const options = { k: form.k, ...(filter && { filter }), ...(form.isExact && { exact: true }) }
  const like = idsOf(form.like)
  const unlike = idsOf(form.unlike)
  if (form.by === 'user') return form.user === '' ? undefined : { user: form.user, ...options }
  if (form.by === 'vector') {
    return form.vector.trim() === '' ? undefined : { vector: vectorOf(form.vector), ...options }
  }
  if (like.length === 0) return undefined
  const isBestScore = form.strategy === 'best_score'
  return {
    like,
    ...(unlike.length > 0 && { unlike }),
    ...(isBestScore && { strategy: form.strategy }),
    ...options,
  }
}

/** Ids with commas, line breaks or semicolons between them. Each counts once. */
export function idsOf(text: string): string[] {
  const ids = text
    .split(/[,;\n\t]/)
    .map((id) => id.trim().replace(/^"(.*)"$/, '$1'))
    .filter((id) => id !== '')
  return [...new Set(ids)]
}

/** Numbers, or base64 as it is. */
function vectorOf(text: string): number[] | string {
  const inner = text.trim().replace(/^\[|\]$/g, '')
  const parts = inner.split(/[\s,;]+/).filter((part) => part !== '')
  const numbers = parts.map(Number)
  return parts.length > 1 || numbers.every(Number.isFinite) ? numbers : text.trim()
}
