import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

export interface CommandOptions {
  input?: string | Buffer | undefined
  /** Variables in addition to this process's own. */
  env?: Record<string, string> | undefined
  timeoutMs?: number | undefined
  cwd?: string | undefined
}

/**
 * Runs a program and returns its standard output. If it fails, throws an Error with the end of its output; the cause
 * has the whole output.
 */
export async function run(command: string, args: string[], options: CommandOptions = {}): Promise<Buffer> {
  const running = promisify(execFile)(command, args, {
    encoding: 'buffer',
    env: { ...process.env, ...options.env },
    maxBuffer: Number.POSITIVE_INFINITY,
    timeout: options.timeoutMs ?? 0,
    cwd: options.cwd,
  })
  // If a program ends without reading its input, its exit status counts, not this pipe.
  running.child.stdin?.on('error', () => {}).end(options.input)
  try {
    return (await running).stdout
  } catch (error) {
    const [line] = [command, ...args.slice(0, 2)].join(' ').split('\n')
    throw new Error(`${line} failed: ${reason(error)}`, { cause: error })
  }
}

/** The last lines of a program's output in one line, for an error message. */
export function lastLines(output: string, count = 3): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '')
  return lines.slice(-count).join(' | ')
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const outputs = [
    'stderr' in error ? lastLines(String(error.stderr)) : '',
    'stdout' in error ? lastLines(String(error.stdout)) : '',
  ]
  return outputs.find((output) => output !== '') ?? error.message
}
