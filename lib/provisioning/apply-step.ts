import type { IndexDefinition } from '../definition.ts'
import { AppError } from '../errors.ts'
import { liveDefinition } from '../index-state/live-definition.ts'
import { saveRecallArgs } from '../index-state/recall-store.ts'
import { type Migration, saveVersionsArgs, type Versions, without } from '../index-state/versions.ts'
import { ftAliasUpdateArgs } from '../redis/commands/ft-alias.ts'
import { ftCreateArgs } from '../redis/commands/ft-create.ts'
import { ftDropIndexArgs } from '../redis/commands/ft-drop-index.ts'
import type { IndexInfo } from '../redis/commands/ft-info.ts'
import type { CallOptions, Command, Connection } from '../redis/redis.ts'
import { CONFLICT, type Commit } from '../redis/retry-on-conflict.ts'
import { backfillWindow, NOTHING_BACKFILLED } from './backfill.ts'
import { backfillProblem } from './backfill-problem.ts'
import { planOf } from './change-plan.ts'
import { commitStep } from './commit-step.ts'
import type { IndexObservation } from './observe-index.ts'
import type { Step } from './plan-step.ts'
import { type Proof, proveVersion } from './prove-version.ts'

export interface StepDeps {
  /** Watches the key of the versions since before the index was observed. */
  connection: Connection
  commit: Commit
  definition: IndexDefinition
}

/** What a step led to. `waiting`: Redis builds the index. `copied`: one window of a backfill, more follow. */
export type StepResult = 'created' | 'migrated' | 'stepped' | 'copied' | 'waiting' | 'done'

const FORCED: Proof = { problem: null, recall: null }

/** @throws AppError CHANGE_REFUSED when a change may not be begun */
export async function applyStep(
  deps: StepDeps,
  step: Step,
  observed: IndexObservation,
  { force }: { force: boolean },
  options?: CallOptions,
): Promise<StepResult | typeof CONFLICT> {
  const { connection, commit, definition } = deps
  const { name, live, target, built, versions } = observed
  const { migration } = versions
  const change = async (done: StepResult, commands: readonly Command[], next: Versions) => {
    const committed = await commitStep(commit, [...commands, saveVersionsArgs(name, next)])
    return committed === CONFLICT ? CONFLICT : done
  }

  switch (step.do) {
    case 'create': {
      // The alias is set at once: there is nothing else that a search could ask.
      const commands = [ftCreateArgs(target, definition), ftAliasUpdateArgs(name, target)]
      return change('created', commands, without(versions, target))
    }
    case 'drop': {
      const isLive = step.index === live?.name
      return change('stepped', isLive ? [] : [ftDropIndexArgs(step.index)], without(versions, step.index))
    }
    case 'begin': {
      const plan = await planOf(connection, definition, observed, options)
      if (plan.refused !== null && !(force && plan.isForcible))
        throw new AppError('CHANGE_REFUSED', plan.refused)
      return change('stepped', [], { ...versions, migration: begun(observed), rolledBackFrom: null })
    }
    case 'build':
      return change('stepped', [ftCreateArgs(target, definition)], versions)
    case 'rebuild':
      return change('stepped', [ftDropIndexArgs(target), ftCreateArgs(target, definition)], versions)
    case 'begin copy': {
      if (live === undefined || built === undefined || migration === null) return 'done'
      const problem = await backfillProblem(connection, observed, options)
      if (problem !== null && problem === migration.problem) return 'waiting'
      const copy = problem === null ? NOTHING_BACKFILLED : null
      return change(copy === null ? 'waiting' : 'stepped', [], {
        ...versions,
        migration: { ...migration, problem, copy },
      })
    }
    case 'copy': {
      if (live === undefined || migration === null || migration.copy === null) return 'done'
      const from = liveDefinition(definition, live)
      const { commands, copy } = await backfillWindow(
        connection,
        { from, to: definition, copy: migration.copy },
        options,
      )
      return change('copied', commands, { ...versions, migration: { ...migration, copy } })
    }
    case 'prove': {
      if (live === undefined || built === undefined || migration === null) return 'done'
      const { problem, recall } = force ? FORCED : await proveVersion(deps, { live, built }, options)
      if (problem === null) {
        const save = recall === null ? [] : [saveRecallArgs(definition, recall)]
        return change(
          'migrated',
          [...swapAlias(name, live, target), ...save],
          afterSwap(versions, live, name),
        )
      }
      if (problem === migration.problem) return 'done'
      return change('done', [], { ...versions, migration: { ...migration, problem } })
    }
    case 'wait':
      return 'waiting'
    case 'nothing':
      return 'done'
  }
}

function begun({ live, target, drift }: IndexObservation): Migration {
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
 * An index that was made by hand may have our alias' name, and an alias added over it would stay without effect. It
 * goes in the same instant in which the alias comes; its documents stay.
 */
function swapAlias(name: string, live: IndexInfo, target: string): Command[] {
  const inTheWay = live.name === name ? [ftDropIndexArgs(name)] : []
  return [...inTheWay, ftAliasUpdateArgs(name, target)]
}

function afterSwap(versions: Versions, live: IndexInfo, name: string): Versions {
  const previous = live.name === name ? null : { index: live.name, replacedAt: new Date().toISOString() }
  return { ...versions, migration: null, previous, needsRebuild: null }
}
