import type { IndexDefinition } from '../definition.ts'
import { AppError } from '../errors.ts'
import { liveDefinition } from '../index-state/live-definition.ts'
import { saveRecallArgs } from '../index-state/recall-store.ts'
import { type Migration, saveVersionsArgs, type Versions, withoutIndex } from '../index-state/versions.ts'
import { ftAliasUpdateArgs } from '../redis/commands/ft-alias.ts'
import { ftCreateArgs } from '../redis/commands/ft-create.ts'
import { ftDropIndexArgs } from '../redis/commands/ft-drop-index.ts'
import type { IndexInfo } from '../redis/commands/ft-info.ts'
import type { CallOptions, Command, Connection, Deadline } from '../redis/redis.ts'
import { CONFLICT, type Commit } from '../redis/retry-on-conflict.ts'
import { backfillWindow, INITIAL_BACKFILL } from './backfill.ts'
import { findBackfillProblem } from './backfill-problem.ts'
import { createPlan } from './change-plan.ts'
import { commitStep } from './commit-step.ts'
import type { IndexObservation } from './observe-index.ts'
import type { Step } from './plan-step.ts'
import { type Proof, proveVersion } from './prove-version.ts'

export interface StepDeps {
  /** Has watched the key of the versions since before the observation. */
  connection: Connection
  commit: Commit
  definition: IndexDefinition
}

/**
 * The result of a step. `waiting`: Redis is still building the index. `backfilled`: one window is done, and more
 * follow.
 */
export type StepResult = 'created' | 'migrated' | 'stepped' | 'backfilled' | 'waiting' | 'done'

const FORCED: Proof = { problem: null, recall: null }

/** @throws AppError CHANGE_REFUSED if a change must not begin */
export async function applyStep(
  deps: StepDeps,
  step: Step,
  observed: IndexObservation,
  { force, proveUntil = 0 }: { force: boolean; proveUntil?: Deadline },
  options?: CallOptions,
): Promise<StepResult | typeof CONFLICT> {
  const { connection, commit, definition } = deps
  const { name, live, target, built, versions } = observed
  const { migration } = versions
  const commitChange = async (done: StepResult, commands: readonly Command[], next: Versions) => {
    const committed = await commitStep(commit, [...commands, saveVersionsArgs(name, next)])
    return committed === CONFLICT ? CONFLICT : done
  }

  switch (step.do) {
    case 'create': {
      // Sets the alias at once: there is no other index to search.
      const commands = [ftCreateArgs(target, definition), ftAliasUpdateArgs(name, target)]
      return commitChange('created', commands, withoutIndex(versions, target))
    }
    case 'drop': {
      const isLive = step.index === live?.name
      return commitChange(
        'stepped',
        isLive ? [] : [ftDropIndexArgs(step.index)],
        withoutIndex(versions, step.index),
      )
    }
    case 'begin': {
      const plan = await createPlan(connection, definition, observed, options)
      if (plan.refused !== null && !(force && plan.isForcible))
        throw new AppError('CHANGE_REFUSED', plan.refused)
      return commitChange('stepped', [], {
        ...versions,
        migration: createMigration(observed),
        rolledBackFrom: null,
      })
    }
    case 'build':
      return commitChange('stepped', [ftCreateArgs(target, definition)], versions)
    case 'rebuild':
      return commitChange('stepped', [ftDropIndexArgs(target), ftCreateArgs(target, definition)], versions)
    case 'begin backfill': {
      if (live === undefined || built === undefined || migration === null) return 'done'
      const problem = await findBackfillProblem(connection, observed, options)
      if (problem !== null && problem === migration.problem) return 'waiting'
      const copy = problem === null ? INITIAL_BACKFILL : null
      return commitChange(copy === null ? 'waiting' : 'stepped', [], {
        ...versions,
        migration: { ...migration, problem, copy },
      })
    }
    case 'backfill': {
      if (live === undefined || migration === null || migration.copy === null) return 'done'
      const from = liveDefinition(definition, live)
      const { commands, copy } = await backfillWindow(
        connection,
        { from, to: definition, copy: migration.copy },
        options,
      )
      return commitChange('backfilled', commands, { ...versions, migration: { ...migration, copy } })
    }
    case 'prove': {
      if (live === undefined || built === undefined || migration === null) return 'done'
      const { problem, recall } = force
        ? FORCED
        : await proveVersion(deps, { live, built, proveUntil }, options)
      if (problem === null) {
        const save = recall === null ? [] : [saveRecallArgs(definition, recall)]
        return commitChange(
          'migrated',
          [...swapAlias(name, live, target), ...save],
          afterSwap(versions, live, name),
        )
      }
      if (problem === migration.problem) return 'done'
      return commitChange('done', [], { ...versions, migration: { ...migration, problem } })
    }
    case 'wait':
      return 'waiting'
    case 'nothing':
      return 'done'
  }
}

function createMigration({ live, target, drift }: IndexObservation): Migration {
  return {
    from: live?.name ?? '',
    to: target,
    startedAt: new Date().toISOString(),
    changes: drift,
    copy: null,
    problem: null,
  }
}

/**
 * A hand-made index may have the alias's name. An alias of the same name would have no effect, so the transaction
 * that adds the alias drops that index. The documents stay.
 */
function swapAlias(name: string, live: IndexInfo, target: string): Command[] {
  const dropHandMade = live.name === name ? [ftDropIndexArgs(name)] : []
  return [...dropHandMade, ftAliasUpdateArgs(name, target)]
}

function afterSwap(versions: Versions, live: IndexInfo, name: string): Versions {
  const previous = live.name === name ? null : { index: live.name, replacedAt: new Date().toISOString() }
  return { ...versions, migration: null, previous, needsRebuild: null }
}
