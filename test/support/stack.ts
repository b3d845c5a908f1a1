import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import type { StackAddresses } from '../../dev/stack.ts'
import type { SearchAnswer } from '../../lib/search/search-answer-schema.ts'
import { type Environment, type RunningStack, startProcess } from './stack-process.ts'

export { type RunningStack, root, run } from './stack-process.ts'

/** `npm start` for one test; ended when the test has finished, however it went. */
export async function start(env: Environment = {}): Promise<RunningStack> {
  const dataDir = env.DATA_DIR ?? (await temporaryFolder())
  const stack = await startProcess(dataDir, env)
  onTestFinished(() => void stack.end('SIGKILL'))
  return stack
}

/** One `npm start` for all tests of a file or a `describe`. Call what it gives in a test. */
export function useStack(env: Environment = {}): () => RunningStack {
  let stack: RunningStack | undefined
  beforeAll(async () => {
    stack = await startProcess(await mkdtemp(join(tmpdir(), 'lookalike-stack-')), env)
  }, 60_000)
  afterAll(async () => {
    await stack?.end()
    if (stack !== undefined) await rm(stack.dataDir, { recursive: true, force: true })
  }, 60_000)
  return () => {
    if (stack === undefined) throw new Error('Expected a stack in a test, got none before the first one')
    return stack
  }
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lookalike-stack-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
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
