import { describe, expect, it } from 'vitest'
import { intersection, not, type QueryNode, union } from '../../../lib/fields/query-node.ts'
import { MATCH_ALL_TERM } from '../../../lib/redis/commands/ft-search.ts'
import { toQueryText } from '../../../lib/search/query-text.ts'
import { type Random, seeded } from '../../support/random.ts'

const LEAVES = [...'abcdef']
const EITHER = union(['a', intersection(['b', 'c'])])
const MISTAKABLE = intersection([EITHER, EITHER])

describe('a query', () => {
  it.each([
    ['a', 'a'],
    [not('a'), '(-a)'],
    [intersection(['a', union(['b', 'c'])]), '(a (b | c))'],
    [intersection(['a', not('b')]), '(a (-b))'],
    [intersection(['a', not('b'), not('c')]), '(a (-(b | c)))'],
    [union(['a', not('b')]), '((-b) | a)'],
    // An intersection within a union has no negation, and the candidates spare RediSearch all other users.
    [union([intersection(['a', not('b')]), 'c']), '((a | c) ((-((-a) | (-a) | b)) | c))'],
    [intersection(['d', union([intersection([not('a'), not('b')]), 'c'])]), '(d ((-(a | b)) | c))'],
    [not(intersection(['a', not('b')])), '((-a) | b)'],
    // RediSearch may take the estimate of the second for that of an empty query.
    [intersection([union(['a', 'b']), union(['c', 'd'])]), '((a | b) (c | d))'],
    [MISTAKABLE, `((a | (b c)) (a | (b c)) ${MATCH_ALL_TERM})`],
    [union(['d', MISTAKABLE]), `((d | ((a | (b c)) (a | (b c)))) ${MATCH_ALL_TERM})`],
    [intersection(['d', union(['e', MISTAKABLE])]), '(d (e | ((a | (b c)) (a | (b c)))))'],
  ] as const)('%j is written as %s', (query, text) => {
    expect(toQueryText(query)).toBe(text)
  })

  it('has negations apart from the rest of a union, and no union of many parts with one', () => {
    const leaves = Array.from({ length: 30 }, (_, i) => `x${i}`)
    expect(toQueryText(union(['a', not('b'), ...leaves]))).toBe(`((-b) | (a | ${leaves.join(' | ')}))`)
    const many = toQueryText(union(leaves.map(not)))
    expect(many).toMatch(/^\(\(-x0\) \| (\(-x\d\) \| ){8}\(/)
    expect(evaluate(many, new Set(leaves.slice(1)))).toBe(true)
    expect(evaluate(many, new Set(leaves))).toBe(false)
  })

  it('is true of the same users, whatever form it is written in', () => {
    const random = seeded(1)
    for (let i = 0; i < 1_000; i++) {
      const query = randomQuery(random, 4)
      const text = toQueryText(query)
      expect(hasNestedMix(parse(text)), text).toBe(false)
      for (let set = 0; set < 2 ** LEAVES.length; set++) {
        const known = new Set(LEAVES.filter((_, bit) => (set >> bit) % 2 === 1))
        expect(evaluate(text, known), `${text} of ${[...known]}`).toBe(isTrue(query, known))
      }
    }
  })
})

function randomQuery(random: Random, depth: number): QueryNode {
  const kind = depth === 0 ? 'leaf' : random.oneOf(['leaf', 'not', 'and', 'or'])
  if (kind === 'leaf') return random.oneOf(LEAVES)
  if (kind === 'not') return not(randomQuery(random, depth - 1))
  const parts = Array.from({ length: 1 + random.below(4) }, () => randomQuery(random, depth - 1))
  return kind === 'and' ? intersection(parts) : union(parts)
}

function isTrue(query: QueryNode, known: ReadonlySet<string>): boolean {
  if (typeof query === 'string') return known.has(query)
  if (query.op === 'not') return !isTrue(query.part, known)
  return query.op === 'and'
    ? query.parts.every((part) => isTrue(part, known))
    : query.parts.some((part) => isTrue(part, known))
}

type Parsed = string | { op: 'and' | 'or' | 'not'; parts: Parsed[] }

/** Reads the text again: blanks between the parts of an intersection, ` | ` between those of a union, `-` before a negation. */
function parse(text: string): Parsed {
  // Each user satisfies the term that matches all.
  const tokens = text.replaceAll(` ${MATCH_ALL_TERM}`, '').match(/[()|-]|\w+/g) ?? []
  let at = 0
  const one = (): Parsed => {
    const token = tokens[at++] ?? ''
    if (token === '-') return { op: 'not', parts: [one()] }
    if (token !== '(') return token
    const parts = [one()]
    let op: 'and' | 'or' = 'and'
    while (tokens[at] !== ')') {
      if (tokens[at] === '|') {
        op = 'or'
        at++
      }
      parts.push(one())
    }
    at++
    const [first] = parts
    return parts.length === 1 && first !== undefined ? first : { op, parts }
  }
  return one()
}

function evaluate(text: string, known: ReadonlySet<string>): boolean {
  const isHeld = (node: Parsed): boolean => {
    if (typeof node === 'string') return known.has(node)
    if (node.op === 'not') return !node.parts.some(isHeld)
    return node.op === 'and' ? node.parts.every(isHeld) : node.parts.some(isHeld)
  }
  return isHeld(parse(text))
}

/** Whether an intersection that is not the outermost node has a negation somewhere below. */
function hasNestedMix(node: Parsed, isOutermost = true): boolean {
  if (typeof node === 'string') return false
  const isMixed = node.op === 'and' && !isOutermost && hasNot(node)
  return isMixed || node.parts.some((part) => hasNestedMix(part, false))
}

function hasNot(node: Parsed): boolean {
  return typeof node !== 'string' && (node.op === 'not' || node.parts.some(hasNot))
}
