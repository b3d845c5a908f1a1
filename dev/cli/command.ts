import {
  Command,
  CommanderError,
  type CommandUnknownOpts,
  InvalidArgumentError,
} from '@commander-js/extra-typings'
import { lineWidth } from './layout.ts'
import { OutputError, print, tell } from './output.ts'
import { swallowedByNpm } from './swallowed-by-npm.ts'

/** The exit statuses of every command; docs/cli.md explains them. */
export const STATUS = { failed: 1, usage: 2, incomplete: 3, brokenPipe: 141 } as const

/** Where commander quotes the value of an option that holds vectors, ids or a filter: a message shows none of them. */
const QUOTED_DATA = /(option '--(?:vector|like|unlike|filter|also) [^']*') argument '.*' (?=is invalid)/s

/** The lines that commander writes to stdout and stderr. */
interface Printed {
  out: string[]
  err: string[]
}

/** A command that is run as `npm run <name> -- …`. */
export function newCommand(name: string) {
  return new Command(`npm run ${name} --`).helpOption('-h, --help', 'show this help').helpCommand(false)
}

/** Runs a command to its end. What goes wrong is a line on stderr, and the exit status. */
export async function runCommand(command: CommandUnknownOpts): Promise<void> {
  const printed: Printed = { out: [], err: [] }
  for (const one of [command, ...command.commands]) {
    one
      .exitOverride()
      .showHelpAfterError(usageOf(one))
      .configureHelp({ showGlobalOptions: true })
      .configureOutput({
        writeOut: (text) => void printed.out.push(text),
        writeErr: (text) => void printed.err.push(text),
        outputError: (text, say) => say(text.replace(QUOTED_DATA, '$1 ')),
        getOutHelpWidth: lineWidth,
        getErrHelpWidth: lineWidth,
        getOutHasColors: () => false,
        getErrHasColors: () => false,
      })
  }
  command.hook('preAction', (_, action) => {
    const { stage, region } = action.optsWithGlobals()
    if (region !== undefined && stage === undefined) {
      action.error('error: expected --stage with --region, got --region alone')
    }
  })
  try {
    refuseSwallowed(command)
    await command.parseAsync()
  } catch (error) {
    await end(error, printed).catch((failure) => end(failure, printed))
  }
}

/** The parser of an option that may be given once: commander takes the last of several without a word. */
export function once<T>(parse: (text: string) => T): (text: string, previous: T | undefined) => T {
  return (text, previous) => {
    if (previous !== undefined) throw new InvalidArgumentError('Expected it once, got it twice')
    return parse(text)
  }
}

export const asText = (text: string): string => text

export function asJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new InvalidArgumentError('Expected JSON')
  }
}

async function end(error: unknown, { out, err }: Printed): Promise<void> {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return print(out.join('').trimEnd())
    tell(err.join('').trimEnd())
    process.exitCode = STATUS.usage
  } else if (error instanceof OutputError && error.code === 'EPIPE') {
    // As of `| head -1`: the reader has what it wanted.
    process.exitCode = STATUS.brokenPipe
  } else {
    tell(messageOf(error))
    process.exitCode = STATUS.failed
  }
}

function refuseSwallowed(command: CommandUnknownOpts): void {
  const options = [command, ...command.commands].flatMap((one) => one.options)
  const swallowed = swallowedByNpm(options.flatMap(({ long }) => long ?? []))
  if (swallowed === undefined) return
  command.error(
    `error: npm took ${swallowed} for an option of its own. Put -- before the options of the command`,
  )
}

function usageOf(command: CommandUnknownOpts): string {
  const usage = command.createHelp().commandUsage(command)
  return `Usage: ${usage}\nThe options: ${usage.replace(/ *\[.*$/, '')} --help`
}

/** What an error says. fetch and the AWS SDK leave it to the cause, or to the code, that a server cannot be reached. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { name, message, cause } = error
  const own = message || ('code' in error ? String(error.code) : name)
  return error instanceof TypeError && cause instanceof Error ? `${own}: ${messageOf(cause)}` : own
}
