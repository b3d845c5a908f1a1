import { AppError } from '../errors.ts'
import type { UserVectors } from '../users/user-vector.ts'
import { toVector, type Vector, type VectorShape } from '../vector.ts'
import { averageVector } from './average.ts'
import type { SearchRequest, SeedInput } from './search-request.ts'

/** A member of `like` or `unlike`: a vector, or a user with a vector that is read later. */
interface Seed {
  /** Where the request names it. */
  path: string
  weight: number
  of: { vector: Vector } | { user: string }
}

/** The target of a search. A search by `vector` or `user` is one by `like` with one member. */
export interface Seeds {
  like: Seed[]
  unlike: Seed[]
}

/** @throws AppError VECTOR_* with the path of the member */
export function seedsOf({ vector, user, like, unlike = [] }: SearchRequest, shape: VectorShape): Seeds {
  const seed = (member: SeedInput, path: string) => toSeed(member, path, shape)
  if (vector !== undefined) return { like: [toSeed({ vector }, '', shape)], unlike: [] }
  if (user !== undefined) return { like: [toSeed({ user }, '', shape)], unlike: [] }
  return {
    like: (like ?? []).map((member, i) => seed(member, `like[${i}]`)),
    unlike: unlike.map((member, i) => seed(member, `unlike[${i}]`)),
  }
}

/**
 * The vectors of `like` and of `unlike`, each for itself.
 *
 * @throws AppError USER_NOT_FOUND, USER_NOT_SEARCHABLE
 */
export function seedVectors(
  { like, unlike }: Seeds,
  users: UserVectors,
): { like: Vector[]; unlike: Vector[]; weights: number[] } {
  const vectorsOf = (seeds: readonly Seed[]) => seeds.map((seed) => vectorOf(seed, users))
  return { like: vectorsOf(like), unlike: vectorsOf(unlike), weights: like.map(({ weight }) => weight) }
}

/** The ids of the seeds that are users. */
export function seedUsers({ like, unlike }: Seeds): string[] {
  return [...like, ...unlike].flatMap(({ of }) => ('user' in of ? [of.user] : []))
}

/** Whether the query is a mean, which HNSW finds worse: recall@10 of 0.935 where a user's own vector has 0.99. */
export function isGroup({ like, unlike }: Seeds): boolean {
  return like.length + unlike.length > 1
}

/**
 * The query of the seeds: their average.
 *
 * @throws AppError USER_NOT_FOUND, USER_NOT_SEARCHABLE; VECTOR_ZERO when the members cancel each other out
 */
export function queryVector(seeds: Seeds, users: UserVectors, shape: VectorShape): Vector {
  const [first] = seeds.like
  if (first !== undefined && !isGroup(seeds)) return vectorOf(first, users)
  const weighted = (list: readonly Seed[]) =>
    list.map((seed) => ({ vector: vectorOf(seed, users), weight: seed.weight }))
  return averageVector({ like: weighted(seeds.like), unlike: weighted(seeds.unlike) }, shape)
}

function toSeed(member: SeedInput, path: string, shape: VectorShape): Seed {
  if (typeof member === 'string') return { path, weight: 1, of: { user: member } }
  if (Array.isArray(member)) return { path, weight: 1, of: { vector: toVector(member, shape, path) } }
  const { weight = 1 } = member
  const at = (name: string) => (path === '' ? name : `${path}.${name}`)
  if ('user' in member) return { path: at('user'), weight, of: { user: member.user } }
  return { path, weight, of: { vector: toVector(member.vector, shape, at('vector')) } }
}

function vectorOf({ path, of }: Seed, users: UserVectors): Vector {
  if ('vector' in of) return of.vector
  const stored = users.get(of.user)
  if (stored === undefined) throw new Error('The vector of a seed was not read')
  if (!(stored instanceof AppError)) return stored
  const { code, message, cause } = stored
  throw new AppError(code, message, { cause, problems: [{ path, message }] })
}
