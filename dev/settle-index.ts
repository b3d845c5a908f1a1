import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../lib/errors.ts'
import type { Drift } from '../lib/index-state/drift-schema.ts'
import { type IndexDeps, indexStatus } from '../lib/index-state/index-status.ts'
import type { IndexStatus } from '../lib/index-state/index-status-schema.ts'
import type { Invoke } from './local/lambda.ts'

export interface SettledIndex {
  status: Pick<IndexStatus, 'state' | 'drift' | 'documents' | 'percentIndexed'>
  /** Why the index is not as defined, and does not become so by waiting. */
  problem: string | null
}

interface SettleDeps extends IndexDeps {
  invoke: Invoke
  tell: (text: string) => void
  signal: AbortSignal
}

const LOOK_EVERY_MS = 1_000
const LOOK_TIMEOUT_MS = 60_000

/**
 * Makes the index what its definition says, as a deployment does, and waits as long as Redis builds it. An index that
 * cannot become so stays as it is: its data are of another definition, and a person decides.
 */
export async function settleIndex(deps: SettleDeps): Promise<SettledIndex> {
  const { invoke, signal } = deps
  const before = await look(deps)
  // A vector of other dimensions fits no index of this definition: a new index over these users would be empty.
  if (before.documents > 0 && otherDimensions(before.drift) !== undefined)
    return { status: before, problem: null }
  for (;;) {
    const refused = await whileTelling(deps, () => invoke('provision-index', {})).then(() => null, refusal)
    signal.throwIfAborted()
    const status = await look(deps)
    const problem = refused ?? status.migration?.problem ?? null
    const isUnderWay = status.state === 'building' || status.migration !== null
    if (!isUnderWay || problem !== null) return { status, problem }
  }
}

/** Defined and live dimensions, where they are not the same. */
export function otherDimensions(drift: readonly Drift[]): Drift | undefined {
  return drift.find(
    ({ field, expected, actual }) => field.endsWith('.dimensions') && expected !== null && actual !== null,
  )
}

function refusal(error: unknown): string {
  if (error instanceof AppError && error.code === 'CHANGE_REFUSED') return error.message
  throw error
}

/** A Redis that has just loaded many users, on a machine that is busy, may be slow to answer. */
function look(deps: IndexDeps): Promise<IndexStatus> {
  return indexStatus(deps, { deadline: Date.now() + LOOK_TIMEOUT_MS })
}

/** Tells how far the index is while Redis works on it. Small changes are done before the first look. */
async function whileTelling(deps: SettleDeps, work: () => Promise<unknown>): Promise<void> {
  const { tell, signal } = deps
  // What is wrong with Redis the work says.
  const show = () =>
    look(deps).then(
      (status) => tell(progressText(status)),
      () => {},
    )
  const working = work()
  const ended = working.then(
    () => true,
    () => true,
  )
  const pause = () => sleep(LOOK_EVERY_MS, false, { signal })
  while (!(await Promise.race([ended, pause()]))) await Promise.race([ended, show()])
  await working
}

function progressText({ state, percentIndexed, documents, migration }: IndexStatus): string {
  if (migration !== null) return `The index is changed to its definition: ${migration.percentIndexed} %`
  return `The index is ${state}: ${percentIndexed} % of ${documents} users`
}
