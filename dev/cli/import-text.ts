import type { ImportReport, ShownImport } from '../../lib/import/import-report-schema.ts'
import { escapeUnsafe } from '../../lib/lambda/visible.ts'
import { wrap } from './layout.ts'

/** The import that followed an upload, or the earlier one that had this content already. */
export type FollowedImport = ShownImport & { isDuplicate: boolean }

const WAITS = '  It is tried again by itself'
const AFTER_APPLY = `${WAITS}; "npm run index -- apply" starts it again at once`

/** What became of a file: its state, its counts and what is wrong with it as a whole. */
export function outcomeText(outcome: FollowedImport, width?: number): string {
  const { key, state, dryRun, isDuplicate, finishedAt, problem, waiting, warnings } = outcome
  const layout = { indent: '  ', ...(width !== undefined && { width }) }
  const what = dryRun ? `dry run ${state}` : state
  const how = isDuplicate
    ? `imported as it is since ${finishedAt}, nothing was written now`
    : `${secondsOf(outcome).toFixed(1)} s${dryRun ? ', nothing was written' : ''}`
  return [
    wrap(`${escapeUnsafe(key)}: ${what}, ${how}`, { ...layout, indent: '' }),
    wrap(countsText(outcome), layout),
    ...(problem === null ? [] : [wrap(problemText(problem), layout)]),
    ...warnings.map((warning) => wrap(`warning: ${escapeUnsafe(warning)}`, layout)),
    ...(waiting === null
      ? []
      : [
          wrap(`it waits: ${waiting.code}: ${escapeUnsafe(waiting.message)}`, layout),
          waiting.code.startsWith('INDEX_') ? AFTER_APPLY : WAITS,
        ]),
  ].join('\n')
}

/** How long the import took. */
export function secondsOf({ startedAt, updatedAt, finishedAt }: ImportReport): number {
  return (Date.parse(finishedAt ?? updatedAt) - Date.parse(startedAt)) / 1000
}

function countsText(report: ImportReport): string {
  const { read, written, unchanged, deleted, rejected, searchable, dryRun } = report
  const [writes, deletes] = dryRun ? ['would write', 'would delete'] : ['written', 'deleted']
  const counts = `read ${read} = ${writes} ${written} + unchanged ${unchanged} + ${deletes} ${deleted} + rejected ${rejected}`
  return dryRun ? counts : `${counts}; searchable ${searchable}`
}

function problemText({ code, message, line, row }: NonNullable<ImportReport['problem']>): string {
  const place = line !== undefined ? `line ${line}: ` : row !== undefined ? `row ${row}: ` : ''
  return `${code}: ${place}${escapeUnsafe(message)}`
}
