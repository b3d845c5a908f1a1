import type { Import } from '../../client/src/index.ts'
import { countOf } from '../text/numbers.ts'

/** The last part of a key: what the person called the file. */
export const fileName = (key: string): string => key.slice(key.lastIndexOf('/') + 1)

export const isEnded = ({ state }: Pick<Import, 'state'>): boolean => state !== 'RUNNING'

/** A check has written nothing, so it is neither complete nor partly done. */
export function shownState({ state, dryRun }: Pick<Import, 'state' | 'dryRun'>): string {
  if (!dryRun) return state
  if (state === 'COMPLETED') return 'CHECKED'
  return state === 'PARTIAL' ? 'CHECKED_WITH_REJECTS' : state
}

type Told = Pick<Import, 'state' | 'dryRun' | 'read' | 'written' | 'unchanged' | 'deleted' | 'rejected'>

/** The outcome of the import in one sentence. */
export function importSentence(report: Told): string {
  const { state, dryRun, read, rejected } = report
  const records = countOf(read, 'record')
  if (state === 'RUNNING') return dryRun ? 'The file is being checked.' : 'The file is being imported.'
  const run = dryRun ? 'The check' : 'The import'
  const stays = dryRun ? '' : ' What was written stays.'
  if (state === 'FAILED')
    return read === 0 ? 'Nothing of the file could be read.' : `${run} failed after ${records}.${stays}`
  if (state === 'CANCELLED') return `${run} was cancelled after ${records}.${stays}`
  if (state === 'ABORTED') return `${run} stopped at too many rejects, after ${records}.${stays}`
  if (state === 'SUPERSEDED') return 'A newer upload of this file took the place of this one.'
  if (state === 'DUPLICATE') return 'This content is imported already. Nothing was written.'
  const bad = rejected === 0 ? '' : `, and ${countOf(rejected, 'record')} would be rejected`
  if (dryRun) return `${countOf(read - rejected, 'record')} can be imported${bad}.`
  return read > 0 && report.unchanged === read
    ? `All ${records} were stored already.`
    : `${outcomeOf(report)}.`
}

/** The counts of an import that has written, without those that say nothing. */
export function outcomeOf({
  written,
  deleted,
  rejected,
}: Pick<Told, 'written' | 'deleted' | 'rejected'>): string {
  return [
    written > 0 || deleted === 0 ? `${countOf(written, 'customer')} written` : '',
    deleted > 0 ? `${countOf(deleted, 'deletion')} made` : '',
    rejected > 0 ? `${countOf(rejected, 'record')} rejected` : '',
  ]
    .filter((part) => part !== '')
    .join(', ')
}

export const importTone = ({ state, dryRun, rejected }: Told): string => {
  if (state === 'RUNNING') return 'busy'
  if (state === 'COMPLETED') return rejected > 0 ? 'warn' : 'good'
  if (state === 'FAILED' || state === 'ABORTED') return 'bad'
  return state === 'PARTIAL' || dryRun ? 'warn' : ''
}

/** Where in the file: its line, or the row of a Parquet file. */
export function placeOf({
  line,
  row,
  byteOffset,
}: {
  line?: number
  row?: number
  byteOffset?: number
}): string {
  if (line !== undefined) return `line ${line}`
  if (row !== undefined) return `row ${row}`
  return byteOffset === undefined ? '' : `byte ${byteOffset}`
}
