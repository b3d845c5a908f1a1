import type { Ledger } from './import-ledger.ts'
import type { ImportJob } from './import-report.ts'
import { compareSequencers } from './sequencer.ts'

/** The event's class, after a look at the object. */
export interface ImportRequest extends ImportJob {
  etag: string
  /** Hash of the definition in force. */
  definition: string
}

/** There is nothing to do: the object is imported as it is (or is about to be), or a later event of the same object wins. */
export type EventClass = 'DUPLICATE' | 'SUPERSEDED'

/**
 * Whether an event is settled already. A duplicate has the sequencer that was dealt with last, or the content that was
 * imported last (and none before: A, B, A are three imports), under the same definition.
 */
export function classifyEvent(ledger: Ledger, request: ImportRequest): EventClass | undefined {
  const { report, ended } = ledger
  if (report?.state === 'RUNNING') {
    const order = orderOf(request.sequencer, report.sequencer)
    if (report.etag === request.etag) return undefined
    if (order !== undefined && order < 0) return 'SUPERSEDED'
  }
  if (ended === undefined) return undefined
  const order = orderOf(request.sequencer, ended.sequencer)
  if (order !== undefined && order < 0) return 'SUPERSEDED'
  if (request.force || request.dryRun || request.definition !== ended.definition) return undefined
  return order === 0 || request.etag === ended.etag ? 'DUPLICATE' : undefined
}

function orderOf(a: string | null | undefined, b: string | null | undefined): number | undefined {
  if (a === null || a === undefined || b === null || b === undefined) return undefined
  return compareSequencers(a, b)
}
