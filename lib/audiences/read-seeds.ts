import { AppError } from '../errors.ts'
import { existsArgs } from '../redis/commands/keys.ts'
import { replyOf } from '../redis/redis.ts'
import { userKey } from '../users/user-record.ts'
import type { MembersInput } from './audience-request.ts'
import { type Member, type Members, type MembersDeps, readMembers } from './members.ts'
import { type ReadVectorsDeps, readVectors } from './read-vectors.ts'
import type { VectorTable } from './scoring/vector-table.ts'

export interface SeedsDeps extends MembersDeps, ReadVectorsDeps {
  /** The caller shows with it that the job is alive, however many seeds there are. */
  signOfLife(): Promise<void>
  /** A preview takes no more seeds of a list. */
  mostSeeds?: number
}

export interface Seeds {
  /** The members with a usable vector; `table` has their vectors in the same order. */
  found: Member[]
  table: VectorTable
  /** The ids of all members that are users, also of those that a preview does not take. */
  users: string[]
  given: number
  missing: number
  unsearchable: number
  doubled: number
  unreadable: number
  /** Lines of `seeds-problems.ndjson`. */
  problems: object[]
  warnings: string[]
}

/** 500,000 seeds of 384 dimensions: 770 MB as float32. They are in memory twice, and the function has 3,008 MB. */
const MAX_COMPONENTS = 200_000_000
const READ_AT_ONCE = 2_000

/**
 * Reads the seeds of one list. Each vector goes straight to its place in the table: a vector of its own for each seed
 * would take a third copy of the memory.
 *
 * @throws AppError SEEDS_TOO_MANY; what `readMembers` throws
 */
export async function readSeeds(
  deps: SeedsDeps,
  input: MembersInput | undefined,
  list: 'like' | 'unlike',
): Promise<Seeds> {
  const { members: all, doubled, unreadable, isCut } = await readMembers(deps, input, list)
  const members = evenly(all, deps.mostSeeds)
  const { dimensions } = deps.definition.vector
  if (members.length * dimensions > MAX_COMPONENTS) {
    const got = `${members.length} seeds of ${dimensions} dimensions`
    throw new AppError('SEEDS_TOO_MANY', `Expected at most ${MAX_COMPONENTS} components of seeds, got ${got}`)
  }
  const data = new Float32Array(members.length * dimensions)
  const found: Member[] = []
  const unusable: string[] = []
  for (let from = 0; from < members.length; from += READ_AT_ONCE) {
    const part = members.slice(from, from + READ_AT_ONCE)
    const read = await readVectors(deps, namesOfUsers(part))
    let at = 0
    for (const member of part) {
      const vector = member.vector ?? read[at++]
      if (vector) data.set(vector, found.push(member) * dimensions - dimensions)
      else unusable.push(member.name)
    }
    await deps.signOfLife()
  }
  const isStored = await areStored(deps, unusable)
  const missing = isStored.filter((stored) => !stored).length
  return {
    found,
    table: { count: found.length, dimensions, data: data.subarray(0, found.length * dimensions) },
    users: namesOfUsers(all),
    given: all.length + doubled.length + unreadable.count,
    missing,
    unsearchable: unusable.length - missing,
    doubled: doubled.length,
    unreadable: unreadable.count,
    problems: problemsOf({ list, unusable, isStored, doubled, unreadable }),
    warnings: warningsOf(list, all.length, members.length, isCut),
  }
}

/** Some of the members, from all parts of the list: a file may be sorted by taste. */
function evenly(members: readonly Member[], most = members.length): readonly Member[] {
  if (members.length <= most) return members
  const step = members.length / most
  return Array.from({ length: most }, (_, i) => members[Math.floor(i * step)]).filter(
    (one) => one !== undefined,
  )
}

function warningsOf(list: string, all: number, taken: number, isCut: boolean): string[] {
  const of = isCut
    ? `the first ${all} members of ${list}: there was no time to read on`
    : `${all} members of ${list}`
  return isCut || taken < all ? [`The preview takes ${taken} of ${of}`] : []
}

function namesOfUsers(members: readonly Member[]): string[] {
  return members.flatMap(({ name, vector }) => (vector === undefined ? [name] : []))
}

/** Whether each of the ids is a stored user. */
export async function areStored(
  { connection, definition, pace, signOfLife }: ReadVectorsDeps & Pick<SeedsDeps, 'signOfLife'>,
  ids: readonly string[],
): Promise<boolean[]> {
  const stored: boolean[] = []
  for (let i = 0; i < ids.length; i += READ_AT_ONCE) {
    const keys = ids.slice(i, i + READ_AT_ONCE).map((id) => existsArgs(userKey(definition, id)))
    const outcomes = await pace.run(() => connection.pipeline(keys))
    stored.push(...outcomes.map((outcome) => replyOf(outcome) === 1))
    await pace.rest()
    await signOfLife()
  }
  return stored
}

interface ListProblems extends Pick<Members, 'doubled' | 'unreadable'> {
  list: string
  unusable: readonly string[]
  isStored: readonly boolean[]
}

function problemsOf({ list, unusable, isStored, doubled, unreadable }: ListProblems): object[] {
  return [
    ...unreadable.named.map((one) => ({ list, ...one })),
    ...doubled.map((id) => ({ list, id, code: 'SEED_DOUBLED', message: 'The seed occurs more than once' })),
    ...unusable.map((id, i) =>
      isStored[i]
        ? { list, id, code: 'USER_NOT_SEARCHABLE', message: 'Expected a user with a usable vector' }
        : { list, id, code: 'USER_NOT_FOUND', message: 'Expected a stored user, got none' },
    ),
  ]
}
