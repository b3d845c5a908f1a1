import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { root, run, start } from '../../support/stack.ts'

it('The example of docs/api.md runs as it stands against what npm start runs', async () => {
  const [, example = ''] =
    /^```ts\n([\s\S]*?)^```/m.exec(await readFile(join(root, 'docs/api.md'), 'utf8')) ?? []
  const folder = await mkdtemp(join(root, '.lookalike-example-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'example.ts')
  await writeFile(file, example.replace('lookalike-client', '../client/src/index.ts'))
  await writeFile(join(folder, 'tsconfig.json'), '{"extends": "../tsconfig.json", "include": ["example.ts"]}')
  await promisify(execFile)(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder])
  const stack = await start()
  const { status, stdout, stderr } = await run(stack, [file], { API_URL: stack.apiUrl })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).toMatch(/^3 0\.\d{3} kids\n4 0\.\d{3} kids, road\nDUPLICATE: 4 written, 0 rejected\n$/)
})
