import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

// Plain JavaScript: dev/setup.mjs uses this on a Node that cannot strip types.

/**
 * How long to wait for a holder that lives, and what to say when that was in vain.
 * @typedef {{ patienceMs: number, busy: (pid: number) => string }} Patience
 */

/**
 * Runs `work` while no other process of this machine holds the lock `path`. A holder that died holds nothing.
 *
 * A held lock is a folder with one entry, its holder's name. Renaming a folder onto one with an entry fails,
 * which makes taking it atomic; and of a dead holder only that entry is removed, by its name, so that who saw
 * it dead too late cannot take a fresh lock away.
 *
 * @template T
 * @param {string} path
 * @param {() => Promise<T>} work
 * @param {Patience} [patience]
 * @returns {Promise<T>}
 */
export async function withLock(path, work, patience = tenMinutes(path)) {
  const name = `${process.pid}-${randomUUID()}`
  mkdirSync(`${path}.${name}/${name}`, { recursive: true })
  try {
    await take(path, name, patience)
    try {
      return await work()
    } finally {
      renameSync(path, `${path}.${name}`)
    }
  } finally {
    rmSync(`${path}.${name}`, { recursive: true, force: true })
  }
}

/**
 * @param {string} path
 * @returns {Patience}
 */
function tenMinutes(path) {
  return {
    patienceMs: 10 * 60_000,
    busy: (pid) => `Process ${pid} has held ${path} for 10 minutes: end it, and try again`,
  }
}

/**
 * @param {string} path
 * @param {string} name
 * @param {Patience} patience
 */
async function take(path, name, { patienceMs, busy }) {
  const deadline = Date.now() + patienceMs
  let announced = false
  while (!renamed(`${path}.${name}`, path)) {
    const holder = holderOf(path)
    if (holder === undefined) continue // released in this moment
    const pid = Number.parseInt(holder, 10)
    if (!isAlive(pid)) {
      clearAway(path, holder)
      continue
    }
    if (Date.now() >= deadline) throw new Error(busy(pid))
    if (!announced) console.error(`Waiting for process ${pid}, which is doing the same…`)
    announced = true
    await sleep(50)
  }
}

/**
 * @param {string} path
 * @param {string} holder
 */
export function clearAway(path, holder) {
  rmSync(`${path}/${holder}`, { recursive: true, force: true })
}

/** @param {string} path */
function holderOf(path) {
  try {
    return readdirSync(path)[0]
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/**
 * False when the target has an entry, or the source is gone.
 * @param {string} from
 * @param {string} to
 */
function renamed(from, to) {
  try {
    renameSync(from, to)
    return true
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(codeOf(error))) return false
    throw error
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
