import { writeFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../../support/stack.ts'
import { run } from '../../support/stack-process.ts'

const script = `import { findChromium } from './test/support/chromium.ts'
await findChromium().then(({ executablePath }) => console.log(executablePath), ({ message }) => console.log(message))`

async function find(env: Record<string, string>): Promise<string> {
  const { stdout, stderr } = await run({ dataDir: '.' }, ['--input-type=module', '-e', script], env)
  return stdout + stderr
}

it('the tests of the console say in one line how to get a browser, where there is none', async () => {
  expect(await find({ CHROME_PATH: '/nowhere/chrome' })).toBe(
    'Expected a browser at CHROME_PATH, got none at /nowhere/chrome: correct it, or unset it\n',
  )
  const folder = await temporaryFolder()
  // A file in place of the cache: the package cannot be unpacked.
  const cache = `${folder}/cache`
  await writeFile(cache, '')
  const found = await find({ LOOKALIKE_CACHE: cache, PATH: folder })
  expect(found).toMatch(
    /^Expected a browser for the tests of the console, found none \(.+\): install Chrome or Chromium, or name the program in CHROME_PATH\..*\n$/,
  )
})
