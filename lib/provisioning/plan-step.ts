import { isComplete } from '../index-state/index-status.ts'
import type { IndexObservation } from './observe-index.ts'

/** A step that brings the index nearer to its definition. Each is one transaction, or changes nothing. */
export type Step =
  | {
      do:
        | 'nothing'
        | 'wait'
        | 'create'
        | 'begin'
        | 'build'
        | 'rebuild'
        | 'begin backfill'
        | 'backfill'
        | 'prove'
    }
  | { do: 'drop'; index: string }

export interface StepOptions {
  /** Whether a changed definition may begin a change. A missing index and a needed rebuild begin even if false. */
  mayBegin: boolean
  /** Makes the change despite a rollback, missing memory or a failed proof. */
  force: boolean
  /** How long a replaced version is stored. */
  graceMs: number
}

/**
 * Plans the next step from the observation alone. After a crash between two steps, the next caller observes again and
 * takes the second.
 */
export function planStep(
  observed: IndexObservation,
  { mayBegin, force, graceMs }: StepOptions,
  now: number,
): Step {
  const { live, drift, needsRebuild, needsBackfill, target, built, builtDrift, hash, versions } = observed
  const { migration, previous, rolledBackFrom } = versions
  if (live === undefined) return { do: 'create' }
  const isDefined = drift.length === 0 && !needsRebuild
  if (migration !== null && (isDefined || migration.to !== target)) return { do: 'drop', index: migration.to }
  if (migration === null) {
    const isChangeWanted = (needsRebuild || (!isDefined && mayBegin)) && (force || rolledBackFrom !== hash)
    const hasExpired = previous !== null && now - Date.parse(previous.replacedAt) >= graceMs
    // Keep at most two index versions: memory is sized for two. If the graph needs a rebuild, a previous version with
    // the target's name contains the same corrupt vectors, so it goes, too.
    const isObstacle = isChangeWanted && (needsRebuild || previous?.index !== target)
    if (previous !== null && (hasExpired || isObstacle)) return { do: 'drop', index: previous.index }
    return { do: isChangeWanted ? 'begin' : 'nothing' }
  }
  if (built === undefined) return { do: 'build' }
  if (builtDrift.length > 0) return { do: 'rebuild' }
  if (needsBackfill && isComplete(built) && migration.copy?.isDone !== true) {
    return { do: migration.copy === null ? 'begin backfill' : 'backfill' }
  }
  return { do: isComplete(built) || built.backgroundStatus !== 'OK' ? 'prove' : 'wait' }
}
