import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { removeHolder, withLock } from '../../../dev/lock.mjs'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lookalike-test-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('withLock', { timeout: 20_000 }, () => {
  it('returns what the work returns, and lets the next one in after a failure', async () => {
    const lock = join(folder, 'lock')
    await expect(withLock(lock, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    expect(await withLock(lock, async () => 'done')).toBe('done')
  })

  it('lets processes in one at a time, although the holder before them died', async () => {
    const lock = join(folder, 'lock')
    mkdirSync(join(lock, `${await idOfDeadProcess()}-died-holding-it`), { recursive: true })

    const workers = Array.from({ length: 6 }, () => workElsewhere(lock, join(folder, 'log')))
    await Promise.all(workers.map((worker) => once(worker, 'exit')))

    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('in out '.repeat(6 * 5))
  })

  it('takes no other process with the same id for its holder', async () => {
    const lock = join(folder, 'lock')
    // What a machine that lost its power leaves: the id is by now that of this process.
    mkdirSync(join(lock, `${process.pid}-t1-left-by-an-earlier-one`), { recursive: true })
    expect(await withLock(lock, async () => 'done', refusing)).toBe('done')
  })

  it('refuses a second holder with the word of the first, and waits for one that is ending', async () => {
    const lock = join(folder, 'lock')
    const said: string[] = []
    const ending = {
      patienceMs: 10_000,
      busy: () => 'too slow',
      waiting: (pid: number) => {
        said.push(`${pid} is ending`)
        return ''
      },
    }
    const order: string[] = []
    let second: Promise<unknown> | undefined
    await withLock(lock, async ({ announceEnd }) => {
      await expect(withLock(lock, async () => 'second', refusing)).rejects.toThrow(`held by ${process.pid}`)
      announceEnd()
      second = withLock(lock, async () => order.push('second'), { ...refusing, ending })
      await expect.poll(() => said).toEqual([`${process.pid} is ending`])
      order.push('first')
    })
    await second
    expect(order).toEqual(['first', 'second'])
    expect(readdirSync(folder)).toEqual([])
  })

  it('ends in peace when its folder is removed meanwhile', async () => {
    const lock = join(folder, 'data/lock')
    const outcome = await withLock(lock, async ({ announceEnd }) => {
      rmSync(join(folder, 'data'), { recursive: true })
      announceEnd()
      return 'done'
    })
    expect(outcome).toBe('done')
  })

  it('ends the wait when its folder is removed', async () => {
    const lock = join(folder, 'data/lock')
    mkdirSync(join(lock, `${process.pid}-holder`), { recursive: true })
    const waiting = withLock(lock, async () => 'second', { ...refusing, patienceMs: 20_000 })
    rmSync(join(folder, 'data'), { recursive: true })
    await expect(waiting).rejects.toThrow('was removed while this process waited')
  })

  it('waits for one that is ending only for so long', async () => {
    const lock = join(folder, 'lock')
    const ending = { patienceMs: 0, busy: (pid: number) => `${pid} does not end` }
    await withLock(lock, async ({ announceEnd }) => {
      announceEnd()
      await expect(withLock(lock, async () => 'second', { ...refusing, ending })).rejects.toThrow(
        `${process.pid} does not end`,
      )
    })
  })

  it('keeps a second process out when the lock changed hands just before', async () => {
    const lock = join(folder, 'lock')
    const gone = `${await idOfDeadProcess()}-gone`
    await withLock(lock, async () => {
      removeHolder(lock, gone)
      expect(readdirSync(lock)).toHaveLength(1)
    })
  })
})

const refusing = { patienceMs: 0, busy: (pid: number) => `held by ${pid}` }

async function idOfDeadProcess(): Promise<number | undefined> {
  const child = spawn('true')
  await once(child, 'exit')
  return child.pid
}

/** Another process that holds the lock five times, and writes when it comes in and goes out. */
function workElsewhere(lock: string, log: string) {
  const module = new URL('../../../dev/lock.mjs', import.meta.url)
  const script = `
    import { appendFileSync } from 'node:fs'
    import { setTimeout as sleep } from 'node:timers/promises'
    import { removeHolder, withLock } from '${module}'
    for (let turn = 0; turn < 5; turn++) await withLock('${lock}', async () => {
      appendFileSync('${log}', 'in ')
      await sleep(2)
      appendFileSync('${log}', 'out ')
    })`
  return spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' })
}
