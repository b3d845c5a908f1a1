import { isWhole } from '../index-state/index-status.ts'
import type { IndexObservation } from './observe-index.ts'

/** What brings the index one step nearer to its definition. Each is one transaction, or changes nothing. */
export type Step =
  | { do: 'nothing' | 'wait' | 'create' | 'begin' | 'build' | 'rebuild' | 'begin copy' | 'copy' | 'prove' }
  | { do: 'drop'; index: string }

export interface StepOptions {
  /** Whether a change that nobody has begun may be begun. */
  mayBegin: boolean
  /** Whether to change although it was rolled back from, the memory will not do, or the proof fails. */
  force: boolean
  /** How long a version is kept that another has replaced. */
  graceMs: number
}

/** The step depends on the observation alone. After a crash between two steps, the next caller observes again and takes the second. */
export function planStep(
  observed: IndexObservation,
  { mayBegin, force, graceMs }: StepOptions,
  now: number,
): Step {
  const { live, drift, needsRebuild, copies, target, built, builtDrift, hash, versions } = observed
  const { migration, previous, rolledBackFrom } = versions
  if (live === undefined) return { do: 'create' }
  const isDefined = drift.length === 0 && !needsRebuild
  if (migration !== null && (isDefined || migration.to !== target)) return { do: 'drop', index: migration.to }
  if (migration === null) {
    const wanted = (needsRebuild || (!isDefined && mayBegin)) && (force || rolledBackFrom !== hash)
    const isOver = previous !== null && now - Date.parse(previous.replacedAt) >= graceMs
    // Never three of them: the memory is for two. And what was kept of a spoilt graph's name is spoilt itself.
    const isInTheWay = wanted && (needsRebuild || previous?.index !== target)
    if (previous !== null && (isOver || isInTheWay)) return { do: 'drop', index: previous.index }
    return { do: wanted ? 'begin' : 'nothing' }
  }
  if (built === undefined) return { do: 'build' }
  if (builtDrift.length > 0) return { do: 'rebuild' }
  if (copies && isWhole(built) && migration.copy?.isDone !== true) {
    return { do: migration.copy === null ? 'begin copy' : 'copy' }
  }
  return { do: isWhole(built) || built.backgroundStatus !== 'OK' ? 'prove' : 'wait' }
}
