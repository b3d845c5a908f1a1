import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { cacheDir, cacheFolder } from '../../../dev/cache.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lookalike-test-'))
  vi.stubEnv('LOOKALIKE_CACHE', folder)
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true })
})

describe('cacheDir', () => {
  it('is LOOKALIKE_CACHE, else below XDG_CACHE_HOME, else below the home folder', () => {
    vi.stubEnv('XDG_CACHE_HOME', '/x')
    expect(cacheDir()).toBe(folder)
    vi.stubEnv('LOOKALIKE_CACHE', undefined)
    expect(cacheDir()).toBe('/x/lookalike')
    vi.stubEnv('XDG_CACHE_HOME', undefined)
    expect(cacheDir().startsWith(homedir())).toBe(true)
  })
})

describe('cached', { timeout: 20_000 }, () => {
  it('builds an entry at the first call only', async () => {
    const entry = await cacheFolder('tool', write('first'))
    expect(await cacheFolder('tool', write('second'))).toBe(entry)
    expect(contentOf(entry)).toBe('first')
    expect(readdirSync(folder)).toEqual(['tool'])
  })

  it('builds once for processes that ask at the same time', async () => {
    const builders = [1, 2, 3].map(() => buildElsewhere('appendFileSync(target + "/file", "built")', 200))
    await Promise.all(builders.map((builder) => once(builder, 'exit')))
    expect(contentOf(join(folder, 'tool'))).toBe('built')
    expect(builders.map((builder) => builder.exitCode)).toEqual([0, 0, 0])
  })

  it('does not believe what a killed build left', async () => {
    const builder = buildElsewhere('writeFileSync(target + "/half", ""); console.log("began")', 60_000)
    await once(builder.stdout, 'data')
    builder.kill('SIGKILL')
    await once(builder, 'exit')

    const entry = await cacheFolder('tool', write('whole'))
    expect(readdirSync(entry)).toEqual(['file'])
    expect(contentOf(entry)).toBe('whole')
  })

  it('keeps nothing of a build that failed', async () => {
    await expect(cacheFolder('tool', () => Promise.reject(new Error('no network')))).rejects.toThrow(
      'no network',
    )
    expect(contentOf(await cacheFolder('tool', write('whole')))).toBe('whole')
  })

  it('builds a changed entry again, and refuses it when that does not help', async () => {
    const isIntact = async (entry: string) => contentOf(entry) === 'right'
    const entry = await cacheFolder('tool', write('right'), isIntact)
    writeFileSync(join(entry, 'file'), 'wrong')
    await expect(cacheFolder('tool', write('wrong as well'), isIntact)).rejects.toThrow(
      'differs from its checksums',
    )
    expect(contentOf(await cacheFolder('tool', write('right'), isIntact))).toBe('right')
  })
})

describe('a cache that others may write', () => {
  it.each([
    ['all', 0o777],
    ['its group', 0o770],
  ])('(%s) is refused, with what to do', async (_who, mode) => {
    chmodSync(folder, mode)
    await expect(cacheFolder('tool', write('first'))).rejects.toThrow(
      `others may write ${folder} (mode 0${mode.toString(8)}), and a program that another user puts there would run as you: chmod go-w it, or set LOOKALIKE_CACHE`,
    )
    expect(readdirSync(folder)).toEqual([])
  })

  it('is refused also when it is a folder above that they may write', async () => {
    vi.stubEnv('LOOKALIKE_CACHE', join(folder, 'open/cache'))
    mkdirSync(join(folder, 'open'))
    chmodSync(join(folder, 'open'), 0o777)
    await expect(cacheFolder('tool', write('first'))).rejects.toThrow('/open (mode 0777)')
    chmodSync(join(folder, 'open'), 0o1777)
    expect(contentOf(await cacheFolder('tool', write('first')))).toBe('first')
  })

  it('is refused behind a symbolic link, too', async () => {
    mkdirSync(join(folder, 'open/cache'), { recursive: true })
    chmodSync(join(folder, 'open'), 0o777)
    symlinkSync(join(folder, 'open/cache'), join(folder, 'link'))
    vi.stubEnv('LOOKALIKE_CACHE', join(folder, 'link'))
    await expect(cacheFolder('tool', write('first'))).rejects.toThrow('/open (mode 0777)')
  })

  it('is not trusted for an entry of that time', async () => {
    const entry = await cacheFolder('tool', write('first'))
    chmodSync(entry, 0o777)
    await expect(cacheFolder('tool', write('second'))).rejects.toThrow(`others may write ${entry}`)
  })

  it('is refused when an entry, or all of it, belongs to another user', async () => {
    const entry = await cacheFolder('tool', write('first'))
    giveAway(entry)
    await expect(cacheFolder('tool', write('second'))).rejects.toThrow(
      / belongs to another user \(\d+\), and/,
    )
    giveAway(folder)
    await expect(cacheFolder('other', write('second'))).rejects.toThrow(`${folder} belongs to another user`)
  })
})

/** Only root can do so; for any other user we are another one. */
function giveAway(path: string): void {
  if (process.getuid?.() === 0) chownSync(path, 65_534, 65_534)
  else vi.spyOn(process, 'getuid').mockReturnValue(65_534)
}

const write = (content: string) => async (target: string) => writeFileSync(join(target, 'file'), content)
const contentOf = (entry: string) => readFileSync(join(entry, 'file'), 'utf8')

/** Another process that asks for the entry `tool` and needs its time to build it. */
function buildElsewhere(statements: string, milliseconds: number) {
  const cache = new URL('../../../dev/cache.ts', import.meta.url)
  const script = `
    import { appendFileSync, writeFileSync } from 'node:fs'
    import { setTimeout as sleep } from 'node:timers/promises'
    import { cacheFolder } from '${cache}'
    await cacheFolder('tool', async (target) => { ${statements}; await sleep(${milliseconds}) })`
  return spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
}
