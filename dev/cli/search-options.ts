import { InvalidArgumentError } from '@commander-js/extra-typings'
import type { SearchByGroup, SearchByUser, SearchByVector } from '../../client/src/index.ts'
import { asJson } from './command.ts'

// Each gives a member of a search as the API takes it, or says what it expected. Whether the index takes it (dimensions,
// limits, fields), the service says.

type Seeds = SearchByGroup['like']
export type Filter = NonNullable<SearchByGroup['filter']>

/** Numbers with commas, with or without brackets; else base64. */
export function parseVector(text: string): number[] | string {
  const isBase64 = /^[A-Za-z0-9+/]+=*$/.test(text) && numberOf(text) === undefined
  if (isBase64) return text
  const numbers = text.trim().replace(/^\[(.*)\]$/s, '$1')
  return numbers.split(',').map((part, i) => {
    const number = numberOf(part)
    if (number !== undefined) return number
    throw new InvalidArgumentError(
      `Expected numbers with commas, or base64 of float32: component ${i} is not a number`,
    )
  })
}

export function parseNumber(text: string): number {
  const number = numberOf(text)
  if (number !== undefined) return number
  throw new InvalidArgumentError('Expected a number')
}

export function parseCount(text: string): number {
  const number = numberOf(text)
  if (number !== undefined && Number.isInteger(number) && number > 0) return number
  throw new InvalidArgumentError('Expected a whole number from 1')
}

/** Ids with commas. A vector, a weight or an id that has a comma needs JSON: `[{"user":"1","weight":2}]`. */
export function parseSeeds(text: string, previous: Seeds = []): Seeds {
  if (!text.startsWith('[')) return [...previous, ...parseNames(text)]
  const seeds = asJson(text)
  if (Array.isArray(seeds)) return [...previous, ...seeds]
  throw new InvalidArgumentError('Expected a JSON array')
}

export function parseNames(text: string, previous: string[] = []): string[] {
  const names = text.split(',').map((name) => name.trim())
  if (names.includes('')) throw new InvalidArgumentError('Expected names with commas between them')
  return [...previous, ...names]
}

interface SeedOptions {
  vector: SearchByVector['vector'] | undefined
  user: SearchByUser['user'] | undefined
  like: Seeds | undefined
  unlike: Seeds | undefined
  strategy: 'average' | 'best_score' | undefined
}

/** The part of a search that says which users to find, or `undefined` if there is none. */
export function seedsOf({ vector, user, like, unlike, strategy }: SeedOptions) {
  if (vector !== undefined) return { vector }
  if (user !== undefined) return { user }
  return like && { like, unlike, strategy }
}

/** JSON; the service says more of a filter that is wrong than could be said here. */
export function parseFilter(text: string): Filter {
  try {
    return JSON.parse(text)
  } catch {
    throw new InvalidArgumentError('Expected JSON such as {"labels":"road"}')
  }
}

/** Not Number alone, for which nothing is 0. */
function numberOf(text: string): number | undefined {
  const number = text.trim() === '' ? Number.NaN : Number(text)
  return Number.isFinite(number) ? number : undefined
}
