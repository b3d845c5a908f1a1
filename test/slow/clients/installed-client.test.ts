import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../../../dev/subprocess.ts'
import { blocksOf, compile, type InstalledClient, installClient } from '../../support/client-package.ts'
import { generators } from '../../support/generators.ts'
import { machineWith, runIn } from '../../support/machine.ts'
import { useStack } from '../../support/stack.ts'

describe('the client, installed from its tarball,', () => {
  const stack = useStack()
  let installed: InstalledClient
  beforeAll(async () => {
    installed = await installClient()
  }, 60_000)
  afterAll(() => installed.remove())

  it.each([
    { node: '20.11.0', npm: '10.2.4' },
    { node: '20.20.2', npm: '10.8.2' },
    { node: '22.23.3', npm: '10.9.8' },
    { node: '24.21.0', npm: '11.6.2' },
  ])('installs and runs on Node $node with npm $npm', async (versions) => {
    const [example = ''] = await blocksOf('client/README.md', 'ts')
    await compile(installed, 'example', example.replace('http://127.0.0.1:3000', stack().apiUrl))
    const env = await machineWith(versions)
    const reinstall = 'rm -rf node_modules && npm install --silent --offline --no-audit --no-fund'
    const output = await runIn(installed.folder, `${reinstall} && node --version && node example.js`, env)
    expect(output).toMatch(new RegExp(`^v${versions.node}\\n3 0\\.\\d{3} kids\\n4 0\\.\\d{3} kids, road\\n$`))
  })

  it.each(['typescript-5.0', 'typescript'])('compiles with %s and its own settings', async (typescript) => {
    const tsc = join(await generators(), 'node_modules', typescript, 'bin/tsc')
    const check = (...args: string[]) =>
      run(process.execPath, [tsc, '--noEmit', ...args], { cwd: installed.folder })
    // Its own settings are those of ES5, without await.
    const plain = `
      import { ApiError, createClient } from 'lookalike-client'
      createClient({ url: '' }).search({ user: '1' }).then(
        ({ results }) => results.map(({ id, similarity }) => id + similarity.toFixed(3)),
        (error) => (error instanceof ApiError ? error.code : undefined),
      )`
    await writeFile(join(installed.folder, 'plain.ts'), plain)
    await check('plain.ts')
    const [example = ''] = await blocksOf('client/README.md', 'ts')
    await writeFile(join(installed.folder, 'example.ts'), example)
    const strict = ['--strict', '--target', 'es2022', '--lib', 'es2022,dom', 'example.ts']
    await check('--module', 'nodenext', '--moduleResolution', 'nodenext', ...strict)
    await check('--module', 'esnext', '--moduleResolution', 'bundler', ...strict)
  })
})
