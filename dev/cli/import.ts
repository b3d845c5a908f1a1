import { existsSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { InvalidArgumentError } from '@commander-js/extra-typings'
import * as v from 'valibot'
import { type OnError, OnErrorSchema } from '../../lib/import/import-options.ts'
import { isMarker } from '../../lib/import/markers.ts'
import { newCommand, once, runCommand } from './command.ts'
import { havePatience, importFile } from './follow-import.ts'
import { importProgress } from './import-progress.ts'
import { catchInterruption } from './interruption.ts'
import { csvOption, jsonOption, regionOption, stageOption } from './options.ts'
import { reportFollowed } from './report-followed.ts'
import { findTarget } from './target.ts'

const EXAMPLES = `
Examples:
  npm run import -- events/data/users.ndjson
  npm run import -- --dry-run --on-error max-errors=10 *.parquet
`

const command = newCommand('import')
  .description('Uploads files of users, and follows their imports to the end.')
  .argument('<file...>', 'NDJSON, JSON, CSV, Parquet, or a text in gzip, under any name', addFile)
  .option('--on-error <what>', 'continue (default), abort, or max-errors=N', once(parseOnError))
  .option('--dry-run', 'check and count; write nothing')
  .addOption(jsonOption('the reports as JSON'))
  .addOption(csvOption('the reports as CSV'))
  .addOption(stageOption())
  .addOption(regionOption())
  .addHelpText('after', EXAMPLES)
  .action(async (files, { onError, dryRun, ...options }) => {
    refuseSameNames(files)
    const target = await findTarget(options)
    const { signal, exitStatus } = catchInterruption()
    const patience = havePatience()
    const progress = importProgress()
    const outcomes = await Promise.allSettled(
      files.map((file) => {
        const upload = { file, key: `imports/${basename(file)}` }
        const bar = progress.add(basename(file))
        return importFile(target, upload, { onError, dryRun }, bar, { signal, patience })
      }),
    )
    patience.end()
    progress.stop()
    await reportFollowed(target, outcomes, options)
    if (signal.aborted) process.exitCode = exitStatus()
  })

await runCommand(command)

function addFile(file: string, previous: string[] = []): string[] {
  if (!existsSync(file) || !statSync(file).isFile()) throw new InvalidArgumentError('It is not a file.')
  if (isMarker(basename(file))) throw new InvalidArgumentError('No import reads a marker of this name.')
  return [...previous, file]
}

function refuseSameNames(files: string[]): void {
  const names = files.map((file) => basename(file))
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice === undefined) return
  command.error(`error: two files are called '${twice}': one would replace the other in the bucket`)
}

function parseOnError(text: string): OnError {
  const parsed = v.safeParse(OnErrorSchema, text)
  if (parsed.success) return parsed.output
  throw new InvalidArgumentError(parsed.issues[0].message)
}
