import { InvalidArgumentError } from '@commander-js/extra-typings'
import { buildPages } from '../console/built-pages.ts'
import { startLoopbackConsole } from '../console/loopback.ts'
import { newCommand, once, runCommand } from './command.ts'
import { catchInterruption } from './interruption.ts'
import { regionOption, stageOption } from './options.ts'
import { print } from './output.ts'
import { findBucketOrigin, findDeployedStage, readLocalStack } from './target.ts'

const EXAMPLES = `
Examples:
  npm run console -- --stage prod
  npm run console -- --stage prod --region eu-central-1 --port 8080
`

const command = newCommand('console')
  .description('Opens the console: a page that shows the index, searches, imports and audiences.')
  .option('--port <n>', 'a port of this machine (a free one)', once(parsePort))
  .addOption(stageOption())
  .addOption(regionOption())
  .addHelpText('after', EXAMPLES)
  .action(async ({ stage, region, port }) => {
    if (stage === undefined) {
      if (port !== undefined) command.error('error: expected --stage with --port, got --port alone')
      return print(`${readLocalStack().apiUrl}/console/`)
    }
    const { signal, exitStatus } = catchInterruption()
    const [pages, deployed] = await Promise.all([buildPages(), findDeployedStage(stage, region)])
    const settings = { bucketOrigin: await findBucketOrigin(deployed), ...(port !== undefined && { port }) }
    const { link, close } = await startLoopbackConsole(pages, deployed, settings)
    await print(
      `The console of ${stage}, for one browser of this machine, which opens this link once:\n\n  ${link}\n\nCtrl-C ends it.`,
    )
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    await close()
    process.exitCode = exitStatus()
  })

await runCommand(command)

function parsePort(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port > 0 && port < 65_536) return port
  throw new InvalidArgumentError('Expected a port from 1 to 65535.')
}
