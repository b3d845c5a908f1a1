import { VECTOR_TYPES } from '../../../lib/fields/vector-types.ts'
import type { SearchAnswer } from '../../../lib/search/search-answer-schema.ts'
import type { VectorShape, VectorType } from '../../../lib/vector.ts'
import type { OracleQuery, OracleSeed, OracleUser, World } from './world.ts'

/** What brute force in plain JavaScript finds, in float32 as RediSearch calculates: every user who passes, nearest first. */
export interface Truth {
  matching: { id: string; distance: number }[]
  /** How far a distance may be off: sums depend on their order, and RediSearch adds sixteen at a time. */
  tolerance: number
}

/** undefined when the query has no direction to speak of: its members cancel each other out up to rounding. */
export function truthOf({ definition, users }: World, query: OracleQuery): Truth | undefined {
  const { vector: shape } = definition
  const like = mean(query.like, shape)
  const unlike = query.unlike.length === 0 ? like : mean(query.unlike, shape)
  const target = rounded(
    like.map((component, i) => 2 * component - (unlike[i] ?? 0)),
    shape,
  )
  if (lengthOf(target) < 1e-3) return undefined
  const seeds = [...query.like, ...query.unlike].flatMap(({ of }) => ('user' in of ? [of.user.id] : []))
  const candidates = users.filter((user) => !seeds.includes(user.id) && query.passes(user))
  const matching = candidates
    .map(({ id, vector }) => ({ id, distance: distance(shape, target, rounded(vector, shape)) }))
    .toSorted((a, b) => a.distance - b.distance || (a.id < b.id ? -1 : 1))
  return { matching, tolerance: toleranceOf(shape, target, users) }
}

/** What is wrong with an answer, in words; undefined when it is the truth. */
export function disagreement(
  truth: Truth,
  query: OracleQuery,
  { results, complete, warnings }: SearchAnswer,
): string | undefined {
  if (!complete) return `it is not complete: ${warnings.join()}`
  const distances = new Map(truth.matching.map(({ id, distance }) => [id, distance]))
  for (const { id, distance } of results) {
    const expected = distances.get(id)
    if (expected === undefined) return `${id} does not match, or is a seed`
    if (Math.abs(distance - expected) > truth.tolerance) return `${id} is at ${expected}, not at ${distance}`
    if (distance > query.maxDistance) return `${id} is farther than ${query.maxDistance}`
  }
  if (!isOrdered(results)) return 'it is not ordered by distance, then id'
  const [least, most] = countLimits(truth, query)
  if (results.length < least || results.length > most)
    return `it has ${results.length} of ${least} to ${most}`
  return query.mayMiss ? undefined : missing(truth, results)
}

type Results = readonly { id: string; distance: number }[]

function isOrdered(results: Results): boolean {
  return results.every(({ id, distance }, i) => {
    const { id: before, distance: nearer } = results[i - 1] ?? { id: '', distance: Number.NEGATIVE_INFINITY }
    return nearer < distance || (nearer === distance && before < id)
  })
}

/** How many results there have to be: it may depend on rounding who is within a distance. */
function countLimits({ matching, tolerance }: Truth, { k, maxDistance, mayMiss }: OracleQuery) {
  const nearest = matching.slice(0, k)
  const within = (limit: number) => nearest.filter(({ distance }) => distance <= limit).length
  const mayMissWithin = mayMiss && maxDistance < Number.POSITIVE_INFINITY
  return [mayMissWithin ? 0 : within(maxDistance - tolerance), within(maxDistance + tolerance)] as const
}

function missing({ matching, tolerance }: Truth, results: Results): string | undefined {
  const found = new Set(results.map(({ id }) => id))
  const farthest = results.at(-1)?.distance ?? 0
  const missed = matching
    .slice(0, results.length)
    .find(({ id, distance }) => !found.has(id) && distance < farthest - tolerance)
  return missed && `${missed.id} at ${missed.distance} is missing`
}

function mean(seeds: OracleSeed[], shape: VectorShape): number[] {
  const total = seeds.reduce((sum, { weight }) => sum + weight, 0)
  const vectors = seeds.map(({ of, weight }) => {
    const vector = rounded('user' in of ? of.user.vector : of.vector, shape)
    const length = shape.metric === 'COSINE' ? lengthOf(vector) : 1
    return Array.from(vector, (component) => (component * weight) / length)
  })
  return Array.from(
    { length: shape.dimensions },
    (_, i) => vectors.reduce((sum, vector) => sum + (vector[i] ?? 0), 0) / total,
  )
}

function distance(shape: VectorShape, a: Float32Array, b: Float32Array): number {
  if (shape.metric === 'L2') return sum32(a, (component, i) => (component - (b[i] ?? 0)) ** 2)
  const [u, v] = shape.metric === 'COSINE' ? [unit(a, shape), unit(b, shape)] : [a, b]
  return Math.fround(1 - sum32(u, (component, i) => component * (v[i] ?? 0)))
}

/** The components after rounding to the index's type. For a double, float32 is exact enough here. */
function rounded(components: Iterable<number>, { type }: VectorShape): Float32Array {
  return Float32Array.from(components, VECTOR_TYPES[type].round)
}

/** Under COSINE RediSearch stores unit vectors, in the index's type. */
function unit(vector: Float32Array, shape: VectorShape): Float32Array {
  const length = lengthOf(vector)
  return rounded(
    vector.map((component) => component / length),
    shape,
  )
}

function lengthOf(vector: Float32Array): number {
  return Math.fround(Math.sqrt(sum32(vector, (component) => component ** 2)))
}

function sum32(vector: Float32Array, term: (component: number, i: number) => number): number {
  return vector.reduce((sum, component, i) => Math.fround(sum + Math.fround(term(component, i))), 0)
}

const PRECISION: Record<VectorType, number> = {
  FLOAT16: 2e-3,
  BFLOAT16: 1.6e-2,
  FLOAT32: 1e-6,
  FLOAT64: 1e-6,
}

/** Rounding is relative to the sum. RediSearch rounds a float32 once more, which can change the last bit of the type. */
function toleranceOf({ metric, type }: VectorShape, target: Float32Array, users: OracleUser[]): number {
  const precision = PRECISION[type]
  if (metric === 'COSINE') return precision
  const longest = Math.max(1, ...users.map(({ vector }) => lengthOf(Float32Array.from(vector))))
  const length = lengthOf(target)
  return precision * (1 + (metric === 'IP' ? longest * length : (longest + length) ** 2))
}
