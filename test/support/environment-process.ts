import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { bundleEntry } from '../../dev/bundle.mjs'
import { spawnTied } from '../../dev/lifeline.mjs'
import { readServerlessConfig } from '../../dev/local/serverless-config.ts'
import { jsonLine } from './json-line.mjs'

export interface LambdaEnvironment {
  pid: number
  /** One at a time, as on Lambda. Rejects when the environment dies of it, or it takes longer than its timeout. */
  invoke(event: unknown, options?: { timeoutMs?: number }): Promise<Invocation>
  /** Stops the process, sockets and timers and all, as Lambda does between two invocations. */
  freeze(): void
  thaw(): void
  /** Ends the process; rejects when it was dead before. */
  end(signal?: NodeJS.Signals): Promise<void>
  /** Ends the process if it is alive. */
  clearAway(): Promise<void>
  /** All that it has written to its standard output and error. */
  output(): string
}

export interface Invocation {
  result?: unknown
  /** Code (or name) and message of what the handler threw. */
  error?: string
  /** By the clock of the environment. */
  ms: number
  /** By the clock of the caller, with the way there and back. */
  roundTripMs: number
}

export interface EnvironmentOptions {
  /** A file in `functions/`, without its ending. */
  functionName: string
  env?: Record<string, string>
  /** The module with the handler; by default its source. */
  module?: URL
}

const child = fileURLToPath(new URL('lambda-environment-child.mjs', import.meta.url))
const functionsFolder = new URL('../../functions/', import.meta.url)
/** What a request and its answer may take on a busy machine beside the invocation. */
const SLACK_MS = 2_000

/** An environment of a function: a process of its own, that is warm when its code is loaded. */
export function startEnvironmentProcess({
  functionName,
  env = {},
  module = new URL(`${functionName}.ts`, functionsFolder),
}: EnvironmentOptions): LambdaEnvironment & { warm: Promise<unknown> } {
  const { child: running } = spawnTied(
    [process.execPath, child, module.href, functionName],
    { stdio: ['pipe', 'pipe', 'pipe'], env: { PATH: process.env.PATH, LOG_LEVEL: 'DEBUG', ...env } },
    'kill -s KILL $$',
  )
  const { stdin, stdout, stderr, pid = 0 } = running
  if (!stdin || !stdout || !stderr) throw new Error('Expected pipes to the environment')
  stdin.on('error', () => {})
  let output = ''
  let answered = Promise.withResolvers<string>()
  let isBusy = false
  let isEnding = false

  stderr.setEncoding('utf8').on('data', (text) => (output += text))
  createInterface(stdout).on('line', (line) => {
    if (line.startsWith('answer ')) answered.resolve(line.slice('answer '.length))
    else output += `${line}\n`
  })
  const gone = new Promise<void>((resolve) => running.once('close', () => resolve()))
  const died = gone.then(() => {
    throw new Error(`The environment of ${functionName} died: ${output.slice(-2_000)}`)
  })
  died.catch(() => {})

  const end = async (signal: NodeJS.Signals = 'SIGKILL') => {
    if (!isEnding) await Promise.race([died, Promise.resolve()])
    isEnding = true
    running.kill(signal)
    // It takes no signal but this one while it is frozen.
    if (signal === 'SIGTERM') running.kill('SIGCONT')
    await gone
  }

  return {
    warm: Promise.race([answered.promise, died]),
    pid,
    end,
    async clearAway() {
      isEnding = true
      running.kill('SIGKILL')
      await gone
    },
    output: () => output,
    freeze: () => void running.kill('SIGSTOP'),
    thaw: () => void running.kill('SIGCONT'),

    async invoke(event, { timeoutMs = functionName === 'import-users' ? 900_000 : 15_000 } = {}) {
      if (isBusy) throw new Error('Expected one invocation at a time: Lambda has an environment for each')
      isBusy = true
      answered = Promise.withResolvers()
      const startedAt = performance.now()
      stdin.write(jsonLine({ event, timeoutMs }))
      const timeout = setTimeout(() => {
        output += `Task timed out after ${timeoutMs} ms\n`
        running.kill('SIGKILL')
      }, timeoutMs + SLACK_MS)
      try {
        const answer: Omit<Invocation, 'roundTripMs'> = JSON.parse(
          await Promise.race([answered.promise, died]),
        )
        return { ...answer, roundTripMs: performance.now() - startedAt }
      } finally {
        clearTimeout(timeout)
        isBusy = false
      }
    },
  }
}

/** The function as it is deployed, with its memory settings: bundled into the folder. */
export async function bundled(
  functionName: string,
  folder: string,
): Promise<Required<Pick<EnvironmentOptions, 'functionName' | 'module'>> & { nodeOptions: string }> {
  await bundleEntry(`functions/${functionName}.ts`, folder)
  const nodeOptions = readServerlessConfig().functions.get(functionName)?.nodeOptions ?? ''
  return { functionName, module: pathToFileURL(join(folder, 'index.mjs')), nodeOptions }
}
