import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cloneInto, machineWith, runIn, startInTerminal, type Terminal } from '../support/machine.ts'

// `npm run test:setup`: what a new user does, on the Nodes and npms that people have. Needs Linux and the registries.

const machines = [
  { node: '20.11.0', npm: '10.2.4' },
  { node: '20.20.2', npm: '10.8.2' },
  { node: '22.23.3', npm: '10.9.8' },
  { node: '24.21.0', npm: '11.6.2' },
  { node: '24.21.0', npm: '12.2.2' },
]

describe.each(machines)('with Node $node and npm $npm', ({ node, npm }) => {
  let clone: string
  let env: NodeJS.ProcessEnv
  let stack: Terminal
  const run = (command: string) => runIn(clone, command, env)

  beforeAll(async () => {
    clone = await mkdtemp(join(tmpdir(), 'lookalike-clone-'))
    await cloneInto(clone)
    env = { ...(await machineWith({ node, npm })), PORT: '0', S3_PORT: '0' }
    expect(await run('node --version; npm --version 2>&-')).toBe(`v${node}\n${npm}\n`)
    stack = startInTerminal('npm start', clone, env)
    await stack.until('Lookalike is ready.')
  }, 600_000)
  afterAll(async () => {
    // There is none when the start failed.
    await stack?.interrupt()
    await rm(clone, { recursive: true, force: true })
  })

  it('a bare clone goes from npm start to the reference answer, and shows what it installs', () => {
    expect(stack.output()).toMatch(/Installing \d+ npm packages…\n(.* of .*\n)* {2}done in \d+ s\n/)
    expect(stack.output()).toMatch(/│ 1 +│ 5\.96046448e-8 [\s\S]*│ 2 +│ 0\.0339003205 /)
    expect(stack.output().includes('Installing Node 24')).toBe(!node.startsWith('24.'))
    // npm itself warns of settings in the user's own configuration.
    const lines = stack.output().split('\n')
    expect(lines.filter((line) => /warn|deprecat/i.test(line) && !/ config /.test(line))).toEqual([])
  })

  it('the commands and the functions run on that stack', async () => {
    expect(await run('npm run search -- --vector 0.9,0.7,0.2 --k 2')).toContain('5.96046448e-8')
    expect(await run('npm run import -- events/data/users.ndjson')).toContain('COMPLETED')
    const event = 'events/search-users.by-vector.json'
    expect(await run(`npx serverless invoke local -f search-users -p ${event}`)).toContain(
      '"statusCode": 200',
    )
  })

  it('tests and checks add their packages while the stack runs', async () => {
    expect(await run('npm run check')).toContain('No fixes applied')
    expect(await run('npm run test:unit -- toolchain')).toMatch(/[1-9]\d* passed, 0 failed/)
    expect(await run('npm run search -- --user 1 --k 1')).toContain('│ 2 ')
  })

  it('Ctrl-C ends the stack, and a second start installs nothing', async () => {
    expect(await stack.interrupt()).toBe(0)
    stack = startInTerminal('npm start', clone, env)
    await stack.until('Lookalike is ready.')
    expect(stack.output()).not.toContain('Installing')
    expect(await stack.interrupt()).toBe(0)
  })

  it('npm ci and npx serverless package make what is deployed', async () => {
    await run('rm -rf node_modules && npm ci --omit=dev')
    expect(await run('npx serverless package')).toContain('Service packaged')
    expect(await run('npm run build')).toContain('lookalike')
    // Without the link serverless itself runs on this Node, from 20.19 on. Our plugin then moves to Node 24.
    if (node !== '20.11.0')
      expect(await run('rm -f node_modules/.bin/node && npx serverless package')).toContain(
        'Service packaged',
      )
  })
})
