import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

/** A clone with two packages to install, and an npm that installs them by writing the lockfile. */
let clone: string
beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'lookalike-test-'))
  mkdirSync(join(clone, 'tools'))
  for (const file of ['setup.mjs', 'lock.mjs', 'lifeline.mjs']) {
    cpSync(fileURLToPath(new URL(`../../../dev/${file}`, import.meta.url)), join(clone, 'dev', file))
  }
  writeLockfile('1.0.0')
  writeNpm(
    'echo "$@" >> calls; sleep 0.2; mkdir -p node_modules; cp package-lock.json node_modules/.package-lock.json',
  )
})
afterEach(() => rmSync(clone, { recursive: true }))

describe('the installation', { timeout: 20_000 }, () => {
  it('happens once, also when two start at the same time', async () => {
    const ends = await Promise.all([setup().end, setup().end])
    expect(ends.map(({ code }) => code)).toEqual([0, 0])
    expect((await setup().end).errors).toBe('')
    expect(npmCalls()).toHaveLength(1)
    expect(npmCalls()[0]).toMatch(/^ci /)
  })

  it('happens again when the lockfile has changed', async () => {
    await setup().end
    writeLockfile('1.0.1')
    expect((await setup().end).errors).toBe('Installing packages (first start only)…\n')
    expect(npmCalls()).toHaveLength(2)
  })

  it('ends with one clear line below those of npm when it fails', async () => {
    writeNpm('echo "npm error code ENOTFOUND" >&2; exit 7')
    const { code, errors } = await setup('script.mjs').end
    expect(code).toBe(1)
    expect(errors.split('\n').slice(1)).toEqual([
      'npm error code ENOTFOUND',
      expect.stringMatching(/^npm ci failed/),
      '',
    ])
  })
})

describe('the script', { timeout: 20_000 }, () => {
  it('gets the arguments and Node 24, and its exit status is passed on', async () => {
    writeScript(
      'console.log(process.argv.slice(2).join(), process.version, process.env.PATH); process.exit(3)',
    )
    const { code, output } = await setup('script.mjs', 'a', '--b').end
    expect(code).toBe(3)
    expect(output).toMatch(/^a,--b v24\./)
    expect(output).toContain(` ${join(clone, 'node_modules/.bin')}:`)
  })

  it('gets a signal once, although it comes twice, and may take its time to clean up', async () => {
    writeScript(`
      setInterval(() => {}, 1000)
      process.on('SIGINT', () => { console.log('signal'); setTimeout(() => { console.log('clean'); process.exit(0) }, 200) })
      console.log('ready')`)
    const run = setup('script.mjs')
    await once(run.child.stdout, 'readable')
    run.child.kill('SIGINT')
    await sleep(50)
    run.child.kill('SIGINT')
    expect(await run.end).toMatchObject({ code: 0, output: 'ready\nsignal\nclean\n' })
  })

  it('that dies of a signal is reported so', async () => {
    writeScript('process.kill(process.pid, "SIGTERM"); setInterval(() => {}, 1000)')
    expect(await setup('script.mjs').end).toMatchObject({ code: null, signal: 'SIGTERM' })
  })

  it('ends when the shell between npm and it has died', async () => {
    writeScript(`
      process.on('SIGTERM', () => { console.log('told'); process.exit() })
      setInterval(() => {}, 1000)
      console.log('ready')`)
    const env = {
      ...process.env,
      npm_lifecycle_event: 'start',
      PATH: `${join(clone, 'tools')}:${process.env.PATH}`,
    }
    const shell = spawn('sh', ['-c', `"${process.execPath}" dev/setup.mjs script.mjs; true`], {
      cwd: clone,
      env,
    })
    const output = text(shell.stdout)
    await once(shell.stdout, 'readable')
    shell.kill('SIGTERM')
    expect(await output).toBe('ready\ntold\n')
  })

  it('ends when what started it is killed', async () => {
    writeScript(
      'setInterval(() => {}, 1000); process.on("SIGTERM", () => { console.log("told"); process.exit() }); console.log("ready")',
    )
    const run = setup('script.mjs')
    await once(run.child.stdout, 'readable')
    run.child.kill('SIGKILL')
    expect((await run.end).output).toBe('ready\ntold\n')
  })
})

function setup(...args: string[]) {
  const env = { ...process.env, PATH: `${join(clone, 'tools')}:${process.env.PATH}` }
  const child = spawn(process.execPath, ['dev/setup.mjs', ...args], {
    cwd: clone,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const end = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]).then(
    ([output, errors]) => ({ output, errors, code: child.exitCode, signal: child.signalCode }),
  )
  return { child, end }
}

function writeLockfile(version: string) {
  const packages = {
    '': { name: 'clone' },
    'node_modules/package': { version },
    'node_modules/for-another-system': { version, optional: true },
  }
  writeFileSync(join(clone, 'package-lock.json'), JSON.stringify({ packages }))
}

function writeNpm(script: string) {
  writeFileSync(join(clone, 'tools/npm'), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
}

function writeScript(script: string) {
  writeFileSync(join(clone, 'script.mjs'), script)
}

function npmCalls(): string[] {
  return readFileSync(join(clone, 'calls'), 'utf8').trim().split('\n')
}
