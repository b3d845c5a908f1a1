import type { IndexDefinition } from '../definition.ts'
import type { ObjectStore } from '../s3/object-store.ts'
import type { SeedInput } from '../search/search-request.ts'
import { toVector, type Vector } from '../vector.ts'
import type { MembersInput } from './audience-request.ts'
import { type IdsOfFile, readIds } from './read-ids.ts'

/** A member of `like` or `unlike`. */
export interface Member {
  /** The user's id, or the place of the vector in the request. */
  name: string
  weight: number
  /** Only of a member that is a vector: the vector of a user is read later. */
  vector?: Vector
}

export interface Members {
  members: Member[]
  /** The users that occur again, once for each time. */
  doubled: string[]
  unreadable: IdsOfFile['unreadable']
  isCut: boolean
}

export interface MembersDeps {
  objects: ObjectStore
  definition: IndexDefinition
  /** Each file is read for so long, and the rest of it is left out. */
  mostMsAFile?: number
}

const NOTHING_ELSE = { unreadable: { count: 0, named: [] }, isCut: false }

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
  if (input === undefined) return { members: [], doubled: [], ...NOTHING_ELSE }
  if (Array.isArray(input)) {
    return { ...onlyOnce(inlineMembers(deps.definition, input, path)), ...NOTHING_ELSE }
  }
  const { ids, unreadable, isCut } = await readIds(deps, input.key, deps.mostMsAFile)
  return { ...onlyOnce(ids.map(({ id, weight }) => ({ name: id, weight }))), unreadable, isCut }
}

/** @throws AppError VECTOR_* with the path of the member */
export function inlineMembers(
  { vector: shape }: IndexDefinition,
  input: readonly SeedInput[],
  path: string,
): Member[] {
  return input.map((member, i) => {
    const name = `${path}[${i}]`
    if (typeof member === 'string') return { name: member, weight: 1 }
    if (Array.isArray(member)) return { name, weight: 1, vector: toVector(member, shape, name) }
    const { weight = 1 } = member
    if ('user' in member) return { name: member.user, weight }
    return { name, weight, vector: toVector(member.vector, shape, `${name}.vector`) }
  })
}

/** A user may have the name of a vector's place, such as `like[0]`, and is another member. */
function onlyOnce(members: readonly Member[]): { members: Member[]; doubled: string[] } {
  const seen = new Set<string>()
  const doubled: string[] = []
  const once = members.filter(({ name, vector }) => {
    if (vector !== undefined) return true
    if (seen.has(name)) doubled.push(name)
    return !seen.has(name) && seen.add(name)
  })
  return { members: once, doubled }
}
