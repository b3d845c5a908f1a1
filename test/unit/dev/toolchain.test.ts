import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const read = (path: string) => readFileSync(join(root, path), 'utf8')

it('runs on the Node of the deployed functions', () => {
  expect(process.version, 'run the tests with `npm test`, which finds Node 24').toMatch(/^v24\./)
})

it('names one major version of Node for nvm, for the packages of Node, and for the deployment', () => {
  expect(read('.nvmrc')).toBe('24\n')
  const { optionalDependencies } = JSON.parse(read('dev/setup/node24/package.json'))
  const [version, ...others] = new Set<string>(Object.values(optionalDependencies))
  expect(version).toMatch(/^24\./)
  expect(others).toEqual([])
  expect(read('serverless.yml')).toContain('runtime: nodejs24.x')
})

it('has debug configurations that start files which are there', () => {
  const { configurations } = JSON.parse(read('.vscode/launch.json'))
  expect(configurations).toHaveLength(2)
  for (const { program, args } of configurations) {
    const script = args.find((argument: string) => argument.endsWith('.ts'))
    for (const path of [program.replace(/^.*?\}\//, ''), script]) {
      expect(existsSync(join(root, path)), path).toBe(true)
    }
  }
})
