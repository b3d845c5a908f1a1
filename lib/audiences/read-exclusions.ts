import { AppError } from '../errors.ts'
import type { AudienceRequest } from './audience-request.ts'
import { withoutGuard } from './formats/csv.ts'
import { readIds } from './read-ids.ts'
import { areStored, type SeedsDeps } from './read-seeds.ts'

export interface Exclusions {
  ids: string[]
  /** Lines of `seeds-problems.ndjson`. */
  problems: object[]
  warnings: string[]
}

const NAMED = 100
const NOT_STORED = { code: 'USER_NOT_FOUND', message: 'Expected a stored user, got none' }

/**
 * Reads the exclusions, and says how many of them are not stored users: a list of other ids would exclude none.
 *
 * @throws AppError FILE_MALFORMED for a record without an id; what `readIds` throws
 */
export async function readExclusions(
  deps: SeedsDeps,
  exclude: AudienceRequest['exclude'],
): Promise<Exclusions> {
  if (exclude === undefined) return { ids: [], problems: [], warnings: [] }
  if (Array.isArray(exclude)) return checked(deps, exclude)
  const { ids, unreadable, isCut } = await readIds(deps, exclude.key, deps.mostMsAFile)
  // An exclusion that cannot be read must not let a customer into the file.
  if (unreadable.count > 0) {
    const [first] = unreadable.named
    throw new AppError(
      'FILE_MALFORMED',
      `${exclude.key}: Expected an id in each record of the exclusions, got ${unreadable.count} without one, first ${JSON.stringify(first)}`,
    )
  }
  const given = ids.map(({ id }) => id)
  if (!isCut) return checked(deps, given)
  const warning = `The preview takes the first ${given.length} exclusions: there was no time to read on`
  return { ids: withUnguarded(given), problems: [], warnings: [warning] }
}

async function checked(deps: SeedsDeps, given: readonly string[]): Promise<Exclusions> {
  const ids = withUnguarded(given)
  // A preview has no time for it.
  if (deps.mostMsAFile !== undefined) return { ids, problems: [], warnings: [] }
  const isStored = await areStored(deps, given.map(withoutGuard))
  const others = given.filter((_, i) => !isStored[i])
  const guarded = others.filter((id) => withoutGuard(id) !== id)
  // An id may really begin with an apostrophe.
  const isGuardedStored = await areStored(deps, guarded)
  const asGiven = new Set(guarded.filter((_, i) => isGuardedStored[i]))
  const unknown = others.filter((id) => !asGiven.has(id)).map(withoutGuard)
  const warning = `${unknown.length} of ${given.length} exclusions are not stored users: see seeds-problems.ndjson`
  return {
    ids,
    problems: unknown.slice(0, NAMED).map((id) => ({ list: 'exclude', id, ...NOT_STORED })),
    warnings: unknown.length > 0 ? [warning] : [],
  }
}

/** A CSV that we wrote may be a list of exclusions. In it, an id such as `@ann` has an apostrophe before it. */
function withUnguarded(ids: readonly string[]): string[] {
  return [...new Set(ids.flatMap((id) => [id, withoutGuard(id)]))]
}
