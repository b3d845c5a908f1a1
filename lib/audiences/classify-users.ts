import type { Vector } from '../vector.ts'
import { idHash, isSampled } from './id-hash.ts'
import type { Prepared } from './prepared.ts'
import type { ScoredUser, UserClass } from './run-file.ts'
import type { UserScorer } from './user-scorer.ts'

/**
 * Scores users and says what each is to the audience: all but the reading, so that a preview and a job agree.
 *
 * @param later takes the comparisons of plain code, which may be made until the users are written
 */
export function userClassifier(
  salt: string,
  prepared: Prepared,
  scorer: UserScorer,
  later: (work: () => void) => void = (work) => work(),
) {
  const seeds = new Set(prepared.seedUsers)
  const held = new Set(prepared.heldUsers)
  const excluded = new Set(prepared.excluded)

  function classOf(id: string, isReadable: boolean, isUnliked: boolean): UserClass {
    if (held.has(id)) return isReadable ? 'held' : 'seed'
    if (seeds.has(id)) return 'seed'
    if (excluded.has(id)) return 'excluded'
    if (!isReadable) return 'unreadable'
    return isUnliked ? 'unliked' : 'candidate'
  }

  return (ids: readonly string[], vectors: readonly (Vector | null)[]): ScoredUser[] => {
    const readable = vectors.filter((vector) => vector !== null)
    const scores = scorer.score(readable)
    let at = 0
    return ids.map((id, i) => {
      const hash = idHash(salt, id)
      const vector = vectors[i]
      const score = vector ? scores[at++] : undefined
      if (!vector || score === undefined) {
        return { id, hash, class: classOf(id, false, false), ...NOT_SCORED }
      }
      const { isUnliked, ...rest } = score
      const of = classOf(id, true, isUnliked)
      // Of seeds and excluded users nothing can be missed.
      const counts = of === 'candidate' || of === 'unliked'
      const user: ScoredUser = { id, hash, class: of, ...rest, plain: Number.NaN }
      if (counts && isSampled(hash, prepared.sampleShare)) later(() => (user.plain = scorer.plain(vector)))
      return user
    })
  }
}

const NOT_SCORED = { similarity: Number.NaN, nearest: 0, kept: Number.NaN, plain: Number.NaN }
