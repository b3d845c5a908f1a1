import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** What a developer may have set. */
const settings = {
  REDIS_URL: 'redis://127.0.0.1:1',
  AWS_PROFILE: 'shop',
  MAX_K: '5',
  MAX_RECORD_BYTES: '9',
  INDEX_GRACE_HOURS: '1',
  QUARANTINE: 'true',
}

/** A project of its own with our test command, and the tests that a test gives it. */
let project: string
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'lookalike-test-'))
  for (const path of ['dev', 'package.json', 'test/vitest.config.ts', 'test/support']) {
    cpSync(join(root, path), join(project, path), { recursive: true })
  }
  symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'))
  mkdirSync(join(project, 'test/unit'))
})
afterEach(() => rmSync(project, { recursive: true }))

describe('npm test', () => {
  it('ends with the count of what passed', async () => {
    writeTests(`it('one', () => {})
      it('two', () => {})`)
    expect(await run()).toEqual({ code: 0, lastLine: '2 passed, 0 failed' })
  })

  it('counts failures and tests that were left out, and fails for either', async () => {
    writeTests(`it('one', () => {})
      it('two', () => { throw new Error() })
      it('three', { skip: true }, () => {})`)
    expect(await run()).toEqual({ code: 1, lastLine: '1 passed, 1 failed, 1 skipped' })
    expect(await run('-t', 'one')).toEqual({ code: 0, lastLine: '1 passed, 0 failed, 2 skipped' })
  })

  it('fails for a skipped test even when all others pass', async () => {
    writeTests(`it('one', () => {})
      it('two', { skip: true }, () => {})`)
    expect(await run()).toEqual({ code: 1, lastLine: '1 passed, 0 failed, 1 skipped' })
  })

  it.each([
    ['a file that does not load', 'throw new Error()'],
    ['a hook that fails', `beforeAll(() => { throw new Error() }); it('one', () => {})`],
    ['a test that is the only one', `it('one', () => {}); it('two', { only: true }, () => {})`],
  ])('counts %s as a failure', async (_what, tests) => {
    writeTests(tests)
    const { code, lastLine } = await run()
    expect(code).toBe(1)
    expect(lastLine).toMatch(/^0 passed, 1 failed/)
  })

  it('keeps the settings of a developer from the tests', async () => {
    writeTests(`it('sees none', () => {
      expect(${JSON.stringify(Object.keys(settings))}.filter((name) => name in process.env)).toEqual([])
    })`)
    expect(await run()).toEqual({ code: 0, lastLine: '1 passed, 0 failed' })
  })
})

function writeTests(tests: string) {
  const imports = `import { beforeAll, expect, it } from 'vitest'`
  writeFileSync(join(project, 'test/unit/some.test.ts'), `${imports}\n${tests}\n`)
}

async function run(...args: string[]) {
  // What this vitest tells its own workers is not for the one inside.
  const inherited = Object.entries(process.env).filter(([name]) => !/^(VITEST|TEST$|NODE_ENV$)/.test(name))
  const child = spawn(process.execPath, ['dev/test.ts', ...args], {
    cwd: project,
    env: { ...Object.fromEntries(inherited), ...settings },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')])
  return { code: child.exitCode, lastLine: output.trimEnd().split('\n').at(-1) }
}
