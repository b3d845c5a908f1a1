import type { ShownImport } from '../../lib/import/import-report-schema.ts'
import { escapeUnsafe } from '../../lib/lambda/visible.ts'
import { messageOf, STATUS } from './command.ts'
import type { Followed } from './follow-import.ts'
import { type FollowedImport, outcomeText, secondsOf } from './import-text.ts'
import { suggestion } from './options.ts'
import { print, printCsv, printJson, tell } from './output.ts'
import { readRejects, rejectsText } from './rejects.ts'
import type { Target } from './target.ts'

export interface ReportOptions {
  json?: boolean | undefined
  csv?: boolean | undefined
  stage?: string | undefined
  region?: string | undefined
}

/** Prints what became of the files, and sets the exit status: 0 only if all of them were imported whole. */
export async function reportFollowed(
  target: Target,
  outcomes: readonly PromiseSettledResult<Followed>[],
  options: ReportOptions,
): Promise<void> {
  const followed = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
  const reports = followed.flatMap((one) => (one.state === 'ended' ? [one.report] : []))
  const isWhole = reports.length === outcomes.length && reports.every(({ state }) => state === 'COMPLETED')
  if (!isWhole) process.exitCode = STATUS.failed
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') tell(messageOf(outcome.reason))
  }
  for (const one of followed) if (one.state !== 'ended') tell(unfinishedText(one, options))
  if (options.json) return printJson(reports)
  if (options.csv) return printImportsAsCsv(reports)
  for (const report of reports) await print(await reportText(target, report))
}

async function reportText(target: Target, report: FollowedImport): Promise<string> {
  const { rejects, rejected } = report
  if (rejects === null) return outcomeText(report)
  const head = `${outcomeText(report)}\n  the rejects are in ${escapeUnsafe(rejects)}`
  try {
    return `${head}\n${rejectsText(await readRejects(target, rejects), rejected)}`
  } catch (error) {
    // The caller may upload, but not read: the report stands all the same.
    return `${head}\n  which could not be read: ${escapeUnsafe(messageOf(error))}`
  }
}

function unfinishedText(one: Exclude<Followed, { state: 'ended' }>, options: ReportOptions): string {
  if (one.state === 'not uploaded') {
    return `${escapeUnsafe(one.key)}: the upload was stopped, and nothing of it is imported`
  }
  return [
    `${escapeUnsafe(one.key)}: the import goes on`,
    `  follow it: ${suggestion(`imports -- follow ${one.id}`, options)}`,
    `  cancel it: ${suggestion(`imports -- cancel ${one.id}`, options)}`,
  ].join('\n')
}

const COUNTS = ['read', 'written', 'unchanged', 'deleted', 'rejected', 'searchable'] as const

export async function printImportsAsCsv(reports: readonly (ShownImport | FollowedImport)[]): Promise<void> {
  const rows = reports.map((report) => [
    ...[report.id, report.key, report.state, report.dryRun],
    ...COUNTS.map((name) => report[name]),
    ...[secondsOf(report), report.problem?.code, report.rejects],
  ])
  await printCsv(['id', 'key', 'state', 'dryRun', ...COUNTS, 'seconds', 'problem', 'rejects'], rows)
}
