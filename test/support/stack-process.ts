import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { StackAddresses } from '../../dev/stack.ts'

export const root = fileURLToPath(new URL('../..', import.meta.url))

export interface StartedProcess {
  process: ChildProcess
  /** What it has printed so far. */
  output(): string
  /** Resolves when it has printed the text; rejects when it ends before. */
  printed(text: string): Promise<void>
  /** Sends the signal and waits for the end; gives the exit status. */
  end(signal?: NodeJS.Signals): Promise<number | null>
}

export interface RunningStack extends StackAddresses, StartedProcess {
  dataDir: string
}

export type Environment = Record<string, string>

/** `npm start` as its users run it, but for setup: a process of its own, on free ports. */
export async function startProcess(dataDir: string, env: Environment = {}): Promise<RunningStack> {
  const started = launch(dataDir, env)
  // Printed last, also where the index is not as defined.
  await started.printed('Ctrl-C ends it.')
  const addresses: StackAddresses = JSON.parse(await readFile(join(dataDir, 'stack.json'), 'utf8'))
  return { ...addresses, ...started, dataDir }
}

/** The same, before it is ready. */
export function launch(dataDir: string, env: Environment = {}, command = ['dev/start.ts']): StartedProcess {
  const child = spawn(process.execPath, command, {
    cwd: root,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      PORT: '0',
      S3_PORT: '0',
      ...env,
      DATA_DIR: dataDir,
    },
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
  }
  const ended = once(child, 'exit')
  const end = async (signal: NodeJS.Signals = 'SIGINT') => {
    child.kill(signal)
    await ended
    return child.exitCode
  }
  const printed = async (wanted: string) => {
    while (!text.includes(wanted)) {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`npm start ended with ${child.exitCode ?? child.signalCode}: ${text}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  return { process: child, output: () => text, printed, end }
}

export interface Outcome {
  status: number
  stdout: string
  stderr: string
}

/** A command of ours, such as `run(stack, ['dev/cli/search.ts', '--user', '1'])`. */
export async function run(
  { dataDir }: { dataDir: string },
  args: string[],
  more: Environment = {},
  program = process.execPath,
): Promise<Outcome> {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, DATA_DIR: dataDir, ...more }
  try {
    return { status: 0, ...(await promisify(execFile)(program, args, { cwd: root, env })) }
  } catch (error) {
    if (!(error instanceof Error && 'stdout' in error && 'stderr' in error && 'code' in error)) throw error
    return { status: Number(error.code), stdout: String(error.stdout), stderr: String(error.stderr) }
  }
}
