import { hash } from 'node:crypto'
import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cacheFolder } from '../../dev/cache.ts'
import { pythonWith } from '../../dev/python.ts'
import { run } from '../../dev/subprocess.ts'

const here = (file: string) => fileURLToPath(new URL(`generators/${file}`, import.meta.url))

/** Of the generator itself, which its npm package downloads from Maven by its version alone. */
const JAR_SHA256 = 'cb087e40001e31eb08ef6140dd5de10938dbeb89016a1fe0481eaa25cd569026'

/** `python3` with openapi-python-client and all that its clients import. */
export const python = pythonWith(here('python-requirements.txt'), 'openapi-python-client')

/** The folder with the npm packages of `generators/package.json`, and with the generator that one of them downloads. */
export async function generators(): Promise<string> {
  const files = ['package.json', 'package-lock.json', 'openapitools.json']
  const texts = await Promise.all(files.map((file) => readFile(here(file), 'utf8')))
  return cacheFolder(`generators-${hash('sha256', texts.join('')).slice(0, 16)}`, async (folder) => {
    console.error('Installing generators of clients (once per user)…')
    for (const file of files) await copyFile(here(file), join(folder, file))
    const quietly = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
    await run('npm', ['ci', '--prefix', folder, ...quietly])
    await run('java', ['-version']).catch(() => {
      throw new Error('openapi-generator needs java, 11 or later: install a JRE')
    })
    await runIn(folder, bin(folder, 'openapi-generator-cli'), ['version'])
    const versions = join(folder, 'node_modules/@openapitools/openapi-generator-cli/versions')
    const downloaded = await readFile(join(versions, '7.23.0.jar'))
    const found = hash('sha256', downloaded)
    if (found !== JAR_SHA256)
      throw new Error(`Expected openapi-generator 7.23.0 to have the SHA-256 ${JAR_SHA256}, got ${found}`)
  })
}

/**
 * Runs a command of docs/api.md in a folder, such as `npx openapi-typescript … -o lookalike.d.ts`, with the pinned
 * version of the tool.
 */
export async function runGenerator(command: string, cwd: string): Promise<void> {
  const folder = await generators()
  const [tool = '', ...args] = command.replace(/^npx (@\w+\/)?/, '').split(' ')
  // The wrapper reads the version of the generator from the folder in which it runs.
  await copyFile(here('openapitools.json'), join(cwd, 'openapitools.json'))
  if (tool === 'openapi-python-client') await python(['-m', 'openapi_python_client', ...args], { cwd })
  else await runIn(cwd, bin(folder, tool), args)
}

/** The wrapper of openapi-generator takes the folder from PWD, which a shell sets. */
function runIn(cwd: string, command: string, args: string[]): Promise<Buffer> {
  return run(command, args, { cwd, env: { PWD: cwd } })
}

function bin(folder: string, name: string): string {
  return join(folder, 'node_modules/.bin', name)
}
