import { hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { delimiter } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cacheFolder } from './cache.ts'
import { pip } from './pip.ts'
import { run } from './subprocess.ts'

const requirements = fileURLToPath(new URL('python-requirements.txt', import.meta.url))

export interface PythonOptions {
  input?: string | Buffer
  env?: Record<string, string>
  cwd?: string
}

/**
 * Runs `python3 ARGS…` with boto3, cfn-lint, numpy and schemathesis, in the versions of python-requirements.txt, and
 * returns its standard output. If it fails, throws an Error with the end of its standard error.
 *
 * cfn-lint cannot run by `-m`. Run it by `-c 'import sys, cfnlint.runner as r; sys.exit(r.main())' FILE…`.
 */
export const python = pythonWith(requirements, 'boto3, cfn-lint, numpy and schemathesis')

/** The same with other packages. The requirements file must list all their dependencies. */
export function pythonWith(requirements: string, names: string) {
  let tools: Promise<string> | undefined
  return async (args: string[], options: PythonOptions = {}): Promise<Buffer> => {
    tools ??= installPythonTools(requirements, names)
    const path = [await tools, options.env?.PYTHONPATH].filter((folder) => folder !== undefined)
    const env = { ...options.env, PYTHONPATH: path.join(delimiter), PYTHONNOUSERSITE: '1' }
    return run('python3', args, { ...options, env })
  }
}

/** The folder of the packages of a requirements file, for PYTHONPATH. */
export async function installPythonTools(requirements: string, names: string): Promise<string> {
  const key = hash('sha256', (await describePython()) + (await readFile(requirements, 'utf8')))
  return cacheFolder(`python-${key.slice(0, 16)}`, async (folder) => {
    await pip(['install', '--target', folder, '--no-deps', '--no-compile', '-r', requirements], {
      title: `Installing ${names} for Python (once per user)`,
      folder,
    })
  })
}

/** One line such as `CPython 3.11 linux-x86_64`. Throws an Error if no wheels are listed for it. */
async function describePython(): Promise<string> {
  const script = `import platform, sys, sysconfig
print(platform.python_implementation(), '%d.%d' % sys.version_info[:2], sysconfig.get_platform())`
  const description = (await run('python3', ['-c', script])).toString().trim()
  if (/^CPython 3\.1[0-4] /.test(description)) return description
  throw new Error(
    `The Python tools need CPython 3.10 to 3.14, python3 is ${description}: put another one first on the PATH`,
  )
}
