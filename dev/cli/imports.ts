import type { ShownImport } from '../../lib/import/import-report-schema.ts'
import { escapeUnsafe } from '../../lib/lambda/visible.ts'
import { newCommand, runCommand } from './command.ts'
import { followImport, havePatience } from './follow-import.ts'
import { importProgress } from './import-progress.ts'
import { catchInterruption } from './interruption.ts'
import { csvOption, jsonOption, regionOption, stageOption } from './options.ts'
import { print, printJson } from './output.ts'
import { printImportsAsCsv, reportFollowed } from './report-followed.ts'
import { table } from './table.ts'
import { findTarget } from './target.ts'

const command = newCommand('imports')
  .description('Lists imports, follows them to their ends, and cancels them.')
  .addOption(jsonOption('the imports as JSON'))
  .addOption(csvOption('the imports as CSV'))
  .addOption(stageOption())
  .addOption(regionOption())

command
  .command('list')
  .description('the newest hundred, newest first')
  .action(async (_, list) => {
    const options = list.optsWithGlobals()
    const { api } = await findTarget(options)
    await printImports(await api.imports.list(), options)
  })

command
  .command('follow')
  .description('shows how far imports are, until they have ended')
  .argument('<id...>', 'as "list" shows it')
  .action(async (ids, _, follow) => {
    const options = follow.optsWithGlobals()
    const target = await findTarget(options)
    const found = await Promise.all(ids.map((id) => target.api.imports.get(id)))
    const { signal, exitStatus } = catchInterruption()
    const patience = havePatience()
    const progress = importProgress()
    const outcomes = await Promise.allSettled(
      found.map(({ id, key }) => followImport(target, { id, key }, progress.add(key), { signal, patience })),
    )
    patience.end()
    progress.stop()
    await reportFollowed(target, outcomes, options)
    if (signal.aborted) process.exitCode = exitStatus()
  })

command
  .command('cancel')
  .description('stops running imports at their next window; what is written by then stays')
  .argument('<id...>', 'as "list" shows it')
  .action(async (ids, _, cancel) => {
    const options = cancel.optsWithGlobals()
    const { api } = await findTarget(options)
    const cancelled: ShownImport[] = []
    for (const id of ids) cancelled.push(await api.imports.cancel(id))
    if (options.json || options.csv) return printImports(cancelled, options)
    for (const { key, read } of cancelled) {
      await print(`${escapeUnsafe(key)}: cancelled after ${read} users, stops at its next window`)
    }
  })

await runCommand(command)

async function printImports(
  imports: readonly ShownImport[],
  { json, csv }: { json?: boolean; csv?: boolean },
): Promise<void> {
  if (json) return printJson(imports)
  if (csv) return printImportsAsCsv(imports)
  if (imports.length === 0) return print('There are no imports')
  const columns = [{ head: 'id' }, { head: 'object', isText: true }, { head: 'state' }, { head: 'read' }]
  const rows = imports.map(({ id, key, state, dryRun, percent, read }) => {
    const progress = state === 'RUNNING' ? ` ${percent} %` : ''
    return [id, key, `${dryRun ? 'dry run ' : ''}${state}${progress}`, String(read)]
  })
  await print(table(columns, rows))
}
