import type { IndexDefinition } from '../definition.ts'
import type { ObjectStore } from '../s3/object-store.ts'
import type { SeedInput } from '../search/search-request.ts'
import { toVector, type Vector } from '../vector.ts'
import type { MembersInput } from './audience-request.ts'
import { type IdsOfFile, readIds } from './read-ids.ts'

/** A member of `like` or `unlike`: a user, with its vector still to be read, or a vector. */
export interface Member {
  /** The user's id, or the place of the vector in the request. */
  name: string
  weight: number
  of: { vector: Vector } | { user: string }
}

export interface Members {
  members: Member[]
  /** Each again, with the name of the first. */
  doubled: string[]
  unreadable: IdsOfFile['unreadable']
}

export interface MembersDeps {
  objects: ObjectStore
  definition: IndexDefinition
}

/**
 * The members that a request names, each user once.
 *
 * @throws AppError VECTOR_* with the path of the member; what `readIds` throws
 */
export async function readMembers(
  deps: MembersDeps,
  input: MembersInput | undefined,
  path: 'like' | 'unlike',
): Promise<Members> {
  if (input === undefined) return { members: [], doubled: [], unreadable: { count: 0, named: [] } }
  if (Array.isArray(input)) {
    return { ...onlyOnce(inlineMembers(deps.definition, input, path)), unreadable: { count: 0, named: [] } }
  }
  const { ids, unreadable } = await readIds(deps, input.key)
  return { ...onlyOnce(ids.map(({ id, weight }) => ({ name: id, weight, of: { user: id } }))), unreadable }
}

/** @throws AppError VECTOR_* with the path of the member */
export function inlineMembers(
  { vector: shape }: IndexDefinition,
  input: readonly SeedInput[],
  path: string,
): Member[] {
  return input.map((member, i) => {
    const name = `${path}[${i}]`
    if (typeof member === 'string') return { name: member, weight: 1, of: { user: member } }
    if (Array.isArray(member)) return { name, weight: 1, of: { vector: toVector(member, shape, name) } }
    const { weight = 1 } = member
    if ('user' in member) return { name: member.user, weight, of: { user: member.user } }
    return { name, weight, of: { vector: toVector(member.vector, shape, `${name}.vector`) } }
  })
}

function onlyOnce(members: readonly Member[]): { members: Member[]; doubled: string[] } {
  const seen = new Set<string>()
  const doubled: string[] = []
  const once = members.filter(({ name }) => {
    if (seen.has(name)) doubled.push(name)
    return !seen.has(name) && seen.add(name)
  })
  return { members: once, doubled }
}
