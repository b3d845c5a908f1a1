import { hash } from 'node:crypto'
import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cacheFolder } from '../../../dev/cache.ts'
import { run } from '../../../dev/subprocess.ts'

/**
 * The program by which Lambda's runtime for Node.js loads a function and asks for its events: `aws-lambda-ric`. It is in
 * a lockfile of its own, because npm compiles it, which takes a minute and needs a compiler.
 */
export async function provideRuntimeClient(): Promise<string> {
  const files = ['package.json', 'package-lock.json']
  const here = (file: string) => fileURLToPath(new URL(`runtime-client/${file}`, import.meta.url))
  const texts = await Promise.all(files.map((file) => readFile(here(file), 'utf8')))
  const entry = await cacheFolder(
    `runtime-client-${hash('sha256', texts.join('')).slice(0, 16)}`,
    async (folder) => {
      console.error("Compiling Lambda's runtime client (a minute, once per user)…")
      for (const file of files) await copyFile(here(file), join(folder, file))
      const quietly = ['--no-audit', '--no-fund', '--loglevel=error']
      await run('npm', ['ci', '--prefix', folder, ...quietly]).catch((error: Error) => {
        throw new Error(
          `Expected to compile aws-lambda-ric: install cmake, make, g++ and python3 (${error.message})`,
          { cause: error },
        )
      })
    },
  )
  return join(entry, 'node_modules/aws-lambda-ric/index.mjs')
}
