import { intersection, not, type QueryNode, union } from '../fields/query-node.ts'
import { MATCH_ALL_TERM } from '../redis/commands/ft-search.ts'

/**
 * Writes a query in a form that RediSearch 2.10 answers right. Four forms lose users there or add some:
 *
 * - A negation in an intersection, when an iterator above it skips to a user: 2 of 40,000 random queries were wrong. So a
 *   negation stands in the outermost intersection, or in unions and negations alone: `a (-b)` becomes `(-((-a) | b))`.
 * - A negation of a negation, which is what remains of `(-((-a) | b))` if no user has b: 2 of 150,000 were wrong. So such a
 *   union has two negations, and stays a union.
 * - A negation in a union of more than 20 parts, which RediSearch reads through a heap: 51 of 60 were wrong. So the
 *   negations of a union stand apart from its other parts.
 * - An intersection of unions in each of which a part is an intersection with a word or a tag that no user has.
 *   RediSearch estimates such a part at 4,294,967,295 users, and takes a query with that estimate for an empty one. So
 *   the term that matches all joins it: it is a negation, so its estimate is the number of users.
 *
 * In this form none of the 40,000 filters of test/slow/filter-oracle.test.ts was wrong, nor of 600,000 queries by hand.
 */
export function toQueryText(query: QueryNode): string {
  const parts = typeof query !== 'string' && query.op === 'and' ? query.parts : [query]
  const [negative, positive] = [parts.filter(hasNegation), parts.filter((part) => !hasNegation(part))]
  if (negative.length === 0) return toEstimatedText(query)
  // A negation alone makes RediSearch look at every user, so the query also names the users that can match.
  const candidates = negative.flatMap((part) => candidatesOf(part) ?? [])
  const rest = not(union(negative.map((part) => not(withoutMixedIntersections(part)))))
  return toEstimatedText(intersection([...positive, ...candidates, rest]))
}

function toEstimatedText(query: QueryNode): string {
  return write(isMistakable(query) ? intersection([query, MATCH_ALL_TERM]) : query)
}

/** A query of which RediSearch may take the estimate for an empty one. The estimate of an intersection is its least part's. */
function isMistakable(node: QueryNode): boolean {
  if (typeof node === 'string' || node.op === 'not') return false
  return node.op === 'and' ? node.parts.every(mayExceed) : node.parts.some(isMistakable)
}

/** Whether the estimate may be 4,294,967,295 or more, although there are matches: that of a union is the sum of its parts. */
function mayExceed(node: QueryNode): boolean {
  if (typeof node === 'string' || node.op === 'not') return false
  return node.op === 'or' && node.parts.some((part) => isAnd(part) || mayExceed(part))
}

function hasNegation(node: QueryNode): boolean {
  if (typeof node === 'string') return false
  return node.op === 'not' || node.parts.some(hasNegation)
}

/** A query without a negation that matches at least the users of this query; undefined if that is every user. */
function candidatesOf(node: QueryNode): QueryNode | undefined {
  if (typeof node === 'string') return node
  if (node.op === 'not') return undefined
  const parts = node.parts.map(candidatesOf)
  const known = parts.filter((part) => part !== undefined)
  if (node.op === 'and') return known.length === 0 ? undefined : intersection(known)
  return known.length < parts.length ? undefined : union(known)
}

function withoutMixedIntersections(node: QueryNode): QueryNode {
  if (typeof node === 'string') return node
  if (node.op === 'not') return not(withoutMixedIntersections(node.part))
  const parts = node.parts.map(withoutMixedIntersections)
  if (node.op === 'or') return union(parts)
  const [negative, positive] = [parts.filter(hasNegation), parts.filter((part) => !hasNegation(part))]
  if (negative.length === 0) return intersection(parts)
  const others = positive.length === 0 ? [] : [intersection(positive)]
  return not(union([...others, ...negative].map(not)))
}

function write(node: QueryNode): string {
  if (typeof node === 'string') return node
  if (node.op === 'not') return `(-${write(withTwoNegations(node.part))})`
  if (node.op === 'and') return `(${node.parts.map(write).join(' ')})`
  const [negative, positive] = [node.parts.filter(isNot), node.parts.filter((part) => !isNot(part))]
  if (negative.length === 0) return `(${positive.map(write).join(' | ')})`
  const rest = positive.length === 0 ? [] : [write(union(positive))]
  return nested([...negative.map(write), ...rest])
}

/** A union in which the only negation stands twice. */
function withTwoNegations(node: QueryNode): QueryNode {
  if (typeof node === 'string' || node.op !== 'or') return node
  const [negation, another] = node.parts.filter(isNot)
  if (negation === undefined || another !== undefined) return node
  return { op: 'or', parts: [negation, ...node.parts] }
}

/** RediSearch merges a union that stands first into the union around it, and leaves a union that stands last alone. */
const MAX_PARTS = 10

function nested(parts: readonly string[]): string {
  if (parts.length <= MAX_PARTS) return `(${parts.join(' | ')})`
  // RediSearch's parser has a stack of 256: with one part a level it refuses some 90 levels.
  const here = parts.slice(0, MAX_PARTS - 1)
  return `(${[...here, nested(parts.slice(here.length))].join(' | ')})`
}

function isNot(node: QueryNode): boolean {
  return typeof node !== 'string' && node.op === 'not'
}

function isAnd(node: QueryNode): boolean {
  return typeof node !== 'string' && node.op === 'and'
}
