import { existsSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import Table from 'cli-table3'
import { IMPORTED_ENDINGS, isImported } from '../../lib/import/formats/record-source.ts'
import { importId } from '../../lib/import/import-report.ts'
import type { ImportReport, ShownImport } from '../../lib/import/import-report-schema.ts'
import { runCommand } from './command.ts'
import { importProgress } from './import-progress.ts'
import { findTarget, type Target, targetOptions } from './target.ts'
import { upload } from './upload.ts'

const USAGE =
  'Usage: npm run import -- FILE… [--on-error abort|max-errors=N] [--dry-run] [--stage NAME] [--region NAME]'

const importOptions = { 'on-error': { type: 'string' }, 'dry-run': { type: 'boolean' } } as const

await runCommand(async () => {
  const { values, positionals: files } = parseArgs({
    options: { ...targetOptions, ...importOptions, help: { type: 'boolean' } },
    allowPositionals: true,
  })
  if (values.help) return console.log(USAGE)
  checkFiles(files)
  const target = await findTarget(values)
  const progress = importProgress()
  const outcomes = await Promise.allSettled(
    files.map((file) => importFile(target, file, values, progress.add(basename(file)))),
  )
  progress.stop()
  const reports = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
  if (reports.length > 0) console.log(reportTable(reports))
  for (const outcome of outcomes) if (outcome.status === 'rejected') console.error(outcome.reason.message)
  for (const { key, problem, waiting, rejects, isDuplicate, finishedAt } of reports) {
    if (waiting !== null) {
      console.log(`${key}: it waits: ${waiting.code}: ${waiting.message}`)
      console.log('  It is tried again by itself; "npm run index -- apply" starts it again at once')
    }
    if (isDuplicate) console.log(`${key}: imported as it is since ${finishedAt}, nothing was written now`)
    if (problem !== null) console.log(`${key}: ${problem.code}: ${problem.message}`)
    if (rejects !== null) console.log(`${key}: the rejects are in ${rejects}`)
  }
  const isWhole = reports.length === files.length && reports.every(({ state }) => state === 'COMPLETED')
  if (!isWhole) process.exitCode = 1
})

function checkFiles(files: string[]): void {
  if (files.length === 0) throw new Error(USAGE)
  for (const file of files) {
    if (!existsSync(file) || !statSync(file).isFile()) throw new Error(`${file} is not a file`)
    if (!isImported(file)) {
      throw new Error(`Expected a name that ends in ${IMPORTED_ENDINGS.join(', ')}, got ${file}`)
    }
  }
  const names = files.map((file) => basename(file))
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined)
    throw new Error(`Two files are called ${twice}: one would replace the other in the bucket`)
}

/** The import that followed an upload, or the earlier one that had this content already. */
type FollowedImport = ShownImport & { isDuplicate: boolean }

async function importFile(
  target: Target,
  file: string,
  options: { 'on-error'?: string; 'dry-run'?: boolean },
  progress: ReturnType<ReturnType<typeof importProgress>['add']>,
): Promise<FollowedImport> {
  const { 'on-error': onError, 'dry-run': dryRun = false } = options
  const key = `imports/${basename(file)}`
  const id = importId(target.bucket, key, dryRun)
  const metadata = { ...(onError && { 'on-error': onError }), ...(dryRun && { 'dry-run': 'true' }) }
  const before = await target.api.imports.find(id)
  const size = statSync(file).size
  const etag = await upload(target, { file, key, metadata }, (bytes) => progress.uploaded(bytes, size))
  const status = await target.api.imports.wait(id, { before, etag, onProgress: progress.imported })
  // Of an import that was RUNNING before, this upload is no duplicate: it goes on.
  const hadEnded = before !== undefined && before.state !== 'RUNNING'
  return { ...status, isDuplicate: hadEnded && status.startedAt === before.startedAt }
}

function reportTable(reports: ImportReport[]): string {
  const counts = ['read', 'written', 'unchanged', 'deleted', 'rejected', 'searchable'] as const
  const table = new Table({
    head: ['object', 'state', ...counts, 'seconds'],
    style: { head: [], border: [] },
  })
  for (const report of reports) {
    const seconds = (Date.parse(report.finishedAt ?? report.updatedAt) - Date.parse(report.startedAt)) / 1000
    table.push([
      report.key,
      report.waiting === null ? report.state : 'WAITING',
      ...counts.map((name) => report[name]),
      seconds.toFixed(1),
    ])
  }
  return table.toString()
}
