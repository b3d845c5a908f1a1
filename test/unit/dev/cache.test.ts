import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { cacheDir, cached } from '../../../dev/cache.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lookalike-test-'))
  vi.stubEnv('LOOKALIKE_CACHE', folder)
})
afterEach(() => {
  vi.unstubAllEnvs()
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
    const entry = await cached('tool', write('first'))
    expect(await cached('tool', write('second'))).toBe(entry)
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

    const entry = await cached('tool', write('whole'))
    expect(readdirSync(entry)).toEqual(['file'])
    expect(contentOf(entry)).toBe('whole')
  })

  it('keeps nothing of a build that failed', async () => {
    await expect(cached('tool', () => Promise.reject(new Error('no network')))).rejects.toThrow('no network')
    expect(contentOf(await cached('tool', write('whole')))).toBe('whole')
  })

  it('builds anew what was tampered with, and refuses it when that does not help', async () => {
    const isIntact = async (entry: string) => contentOf(entry) === 'right'
    const entry = await cached('tool', write('right'), isIntact)
    writeFileSync(join(entry, 'file'), 'wrong')
    await expect(cached('tool', write('wrong as well'), isIntact)).rejects.toThrow(
      'does not match its checksums',
    )
    expect(contentOf(await cached('tool', write('right'), isIntact))).toBe('right')
  })
})

const write = (content: string) => async (target: string) => writeFileSync(join(target, 'file'), content)
const contentOf = (entry: string) => readFileSync(join(entry, 'file'), 'utf8')

/** Another process that asks for the entry `tool` and needs its time to build it. */
function buildElsewhere(statements: string, milliseconds: number) {
  const cache = new URL('../../../dev/cache.ts', import.meta.url)
  const script = `
    import { appendFileSync, writeFileSync } from 'node:fs'
    import { setTimeout as sleep } from 'node:timers/promises'
    import { cached } from '${cache}'
    await cached('tool', async (target) => { ${statements}; await sleep(${milliseconds}) })`
  return spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
}
