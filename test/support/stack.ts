import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'
import type { StackAddresses } from '../../dev/stack.ts'
import type { SearchAnswer } from '../../lib/search-users.ts'

export const root = fileURLToPath(new URL('../..', import.meta.url))

export interface RunningStack extends StackAddresses {
  dataDir: string
  process: ChildProcess
  /** What it has printed so far. */
  output(): string
  /** Sends the signal and waits for the end; gives the exit status. */
  end(signal?: NodeJS.Signals): Promise<number | null>
}

export type Environment = Record<string, string>

/** `npm start` as its users run it, but for setup: a process of its own, on free ports. Ended after the test. */
export async function start(env: Environment = {}): Promise<RunningStack> {
  const dataDir = env.DATA_DIR ?? (await temporaryFolder())
  const child = spawn(process.execPath, ['dev/start.ts'], {
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
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part) => (text += part))
  const ended = once(child, 'exit')
  const end = async (signal: NodeJS.Signals = 'SIGINT') => {
    child.kill(signal)
    await ended
    return child.exitCode
  }
  onTestFinished(() => void end('SIGKILL'))
  while (!text.includes('Lookalike is ready.')) {
    if (child.exitCode !== null) throw new Error(`npm start ended with ${child.exitCode}: ${text}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const addresses: StackAddresses = JSON.parse(await readFile(join(dataDir, 'stack.json'), 'utf8'))
  return { ...addresses, dataDir, process: child, output: () => text, end }
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lookalike-stack-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
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
): Promise<Outcome> {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, DATA_DIR: dataDir, ...more }
  try {
    return { status: 0, ...(await promisify(execFile)(process.execPath, args, { cwd: root, env })) }
  } catch (error) {
    if (!(error instanceof Error && 'stdout' in error && 'stderr' in error && 'code' in error)) throw error
    return { status: Number(error.code), stdout: String(error.stdout), stderr: String(error.stderr) }
  }
}

/** The body's type is the caller's claim; the assertions on it are the check. */
export async function request<T = unknown>(url: string, path: string, init: RequestInit = {}) {
  const response = await fetch(new URL(path, url), init)
  const body: T = JSON.parse(await response.text())
  return { status: response.status, body }
}

export const search = ({ apiUrl }: StackAddresses, body: unknown) =>
  request<SearchAnswer>(apiUrl, '/search', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
