import { setTimeout as sleep } from 'node:timers/promises'
import type { ErrorCode } from '../lib/errors.ts'
import type { Drift } from '../lib/index-state/drift-schema.ts'
import { type IndexDeps, indexStatus } from '../lib/index-state/index-status.ts'
import type { IndexStatus } from '../lib/index-state/index-status-schema.ts'
import type { Invoke } from './local/lambda.ts'

export interface SettledIndex {
  status: Pick<IndexStatus, 'state' | 'drift' | 'documents' | 'percentIndexed'>
  /** Why the index differs from its definition and waiting does not help. */
  problem: string | null
}

interface SettleDeps extends IndexDeps {
  invoke: Invoke
  tell: (text: string) => void
  signal: AbortSignal
}

const POLL_MS = 1_000
const POLL_TIMEOUT_MS = 60_000

/**
 * Brings the index to its definition, as a deployment does, and waits while Redis builds it. An index of another
 * definition stays unchanged, because a person must decide.
 */
export async function settleIndex(deps: SettleDeps): Promise<SettledIndex> {
  const { invoke, signal } = deps
  const before = await look(deps)
  // Vectors of other dimensions do not fit this definition: a new index over these users would be empty.
  if (before.documents > 0 && findDimensionDrift(before.drift) !== undefined)
    return { status: before, problem: null }
  for (;;) {
    const refused = await withProgressReports(deps, () => invoke('provision-index', {})).then(
      () => null,
      refusal,
    )
    signal.throwIfAborted()
    const status = await look(deps)
    const problem = refused ?? status.migration?.problem ?? null
    const isUnderWay = status.state === 'building' || status.migration !== null
    if (!isUnderWay || problem !== null) return { status, problem }
  }
}

/** The drift of the dimensions, if they differ. */
export function findDimensionDrift(drift: readonly Drift[]): Drift | undefined {
  return drift.find(
    ({ field, expected, actual }) => field.endsWith('.dimensions') && expected !== null && actual !== null,
  )
}

/** Lambda shows an error's code as its type, which is the name here. */
function refusal(error: unknown): string {
  if (error instanceof Error && error.name === ('CHANGE_REFUSED' satisfies ErrorCode)) return error.message
  throw error
}

/** Redis may answer slowly on a busy machine, or after loading many users. */
function look(deps: IndexDeps): Promise<IndexStatus> {
  return indexStatus(deps, { deadline: Date.now() + POLL_TIMEOUT_MS })
}

/** Reports the progress of the index while Redis works on it. Small changes end before the first report. */
async function withProgressReports(deps: SettleDeps, work: () => Promise<unknown>): Promise<void> {
  const { tell, signal } = deps
  // `work` reports faults of Redis.
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
  const pause = () => sleep(POLL_MS, false, { signal })
  while (!(await Promise.race([ended, pause()]))) await Promise.race([ended, show()])
  await working
}

function progressText({ state, percentIndexed, documents, migration }: IndexStatus): string {
  if (migration !== null) return `The index is changed to its definition: ${migration.percentIndexed} %`
  if (state === 'building') return `Redis builds the index: ${percentIndexed} % of ${documents} users`
  return 'Redis is asked whether the index is as defined'
}
