import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import * as v from 'valibot'
import { type Environment, root } from './stack-process.ts'

const ResultSchema = v.object({ output: v.string(), status: v.number() })
export type TerminalResult = v.InferOutput<typeof ResultSchema>

export interface TerminalOptions {
  /** Ctrl-C is typed as soon as this has been printed. */
  interruptAfter?: string
  env?: Environment
}

/** Runs a command in a pseudo terminal of 80 columns. `output` is all that the terminal received. */
export async function runInTerminal(
  { dataDir }: { dataDir: string },
  command: string[],
  { interruptAfter, env = {} }: TerminalOptions = {},
): Promise<TerminalResult> {
  const interrupt = interruptAfter === undefined ? [] : ['--interrupt-after', interruptAfter]
  const { stdout } = await promisify(execFile)(
    'python3',
    ['test/support/in_terminal.py', ...interrupt, ...command],
    {
      cwd: root,
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        TERM: 'xterm-256color',
        DATA_DIR: dataDir,
        ...env,
      },
      timeout: 50_000,
    },
  )
  return v.parse(ResultSchema, JSON.parse(stdout))
}
