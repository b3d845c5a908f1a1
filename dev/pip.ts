import { readdirSync, statSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { withProgress } from './progress.mjs'
import { run } from './subprocess.ts'

/**
 * Runs `python3 -m pip` with hash checking and without builds from source. It fills `folder` and shows the progress.
 * If it fails, the Error says in one line what is missing.
 */
export async function pip(
  command: string[],
  { title, folder }: { title: string; folder: string },
): Promise<void> {
  const checks = ['--require-hashes', '--only-binary=:all:', '--quiet', '--disable-pip-version-check']
  // pip downloads to its temporary folder. Inside `folder`, both count as progress.
  const temporary = join(folder, 'pip')
  await mkdir(temporary)
  const env = { PIP_REQUIRE_VIRTUALENV: '0', TMPDIR: temporary }
  const [name = '', ...rest] = command
  await withProgress(
    title,
    () => `${megabytes(folder)} MB`,
    async () => {
      await run('python3', ['-m', 'pip', name, ...checks, ...rest], { env }).catch((error: Error) => {
        throw new Error(explain(error))
      })
    },
  )
  await rm(temporary, { recursive: true })
}

function explain(error: Error): string {
  const { cause } = error
  const output = cause instanceof Error && 'stderr' in cause ? String(cause.stderr) : ''
  if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')
    return 'python3 is missing (Debian: apt install python3-pip)'
  if (/No module named pip\b/.test(output)) return 'python3 has no pip (Debian: apt install python3-pip)'
  const failure =
    /Name or service not known|Temporary failure in name resolution|Network is unreachable|Connection refused|No route to host|timed out|Cannot connect to proxy/i.exec(
      output,
    )?.[0]
  if (failure)
    return `PyPI does not answer (${failure}): check the network, and pip's proxy and index (python3 -m pip config list)`
  return error.message
}

/** pip moves and deletes files during the count. A file that is gone counts as nothing. */
function megabytes(folder: string): number {
  const count = (path: string): number => {
    const found = statSync(path, { throwIfNoEntry: false })
    if (found?.isDirectory() !== true) return found?.size ?? 0
    return namesIn(path).reduce((sum, name) => sum + count(join(path, name)), 0)
  }
  return Math.round(count(folder) / 1e6)
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
