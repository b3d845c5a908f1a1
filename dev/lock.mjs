import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { isRunning, processName } from './process-name.mjs'

// Plain JavaScript: dev/setup.mjs uses this file on a Node that cannot strip types.

/**
 * How long to wait for a running holder, and what to print.
 *
 * @typedef Patience
 * @property {number} patienceMs
 * @property {(pid: number) => string} busy the error after an unsuccessful wait
 * @property {(pid: number) => string} [waiting] a line for the terminal, printed at once; without it, the wait is
 * silent
 * @property {Ending} [ending] the same for a holder that has announced its end; without it, that holder is like any
 * other
 */

/** @typedef {Omit<Patience, 'ending'>} Ending */

/**
 * The lock, as its holder sees it.
 *
 * @typedef Held
 * @property {() => void} announceEnd from now on, other processes wait with the patience for an ending holder
 */

/**
 * Runs `work` while no other process of this machine holds the lock `path`. If the holder has ended, the lock is free.
 *
 * A held lock is a folder with one entry, which is the holder's name. Renaming a folder onto one with an entry fails,
 * so taking a lock is atomic. After a holder's end, only that entry is removed, by its name. So a process that
 * notices the end late cannot remove a fresh lock.
 *
 * @template T
 * @param {string} path
 * @param {(held: Held) => Promise<T>} work
 * @param {Patience} [patience]
 * @returns {Promise<T>}
 */
export async function withLock(path, work, patience = createDefaultPatience(path)) {
  const name = `${processName(process.pid) ?? process.pid}-${randomUUID()}`
  mkdirSync(`${path}.${name}/${name}`, { recursive: true })
  try {
    await take(path, name, patience)
    try {
      return await work({ announceEnd: () => announceEnd(path, name) })
    } finally {
      tryRename(path, `${path}.${name}`)
    }
  } finally {
    rmSync(`${path}.${name}`, { recursive: true, force: true })
  }
}

/**
 * @param {string} path
 * @returns {Patience}
 */
function createDefaultPatience(path) {
  return {
    patienceMs: 10 * 60_000,
    busy: (pid) => `Process ${pid} has held ${path} for 10 minutes: end it, and try again`,
    waiting: (pid) => `Waiting for process ${pid}, which is doing the same…`,
  }
}

/**
 * @param {string} path
 * @param {string} name
 * @param {Patience} patience
 */
async function take(path, name, patience) {
  /** @type {{ by: Ending, deadline: number } | undefined} */
  let waiting
  while (!tryRename(`${path}.${name}`, path)) {
    const holder = holderOf(path)
    if (holder === undefined) {
      if (!existsSync(`${path}.${name}`))
        throw new Error(`${path} was removed while this process waited for it`)
      continue // the holder has released the lock just now
    }
    const pid = Number.parseInt(holder, 10)
    if (!isRunning(holder)) {
      removeHolder(path, holder)
      continue
    }
    const by = existsSync(endingFile(path, holder)) ? (patience.ending ?? patience) : patience
    if (waiting?.by !== by) {
      waiting = { by, deadline: Date.now() + by.patienceMs }
      const line = by.waiting?.(pid)
      if (line) console.error(line)
    }
    if (Date.now() >= waiting.deadline) throw new Error(by.busy(pid))
    await sleep(50)
  }
}

/**
 * Does nothing if the lock is gone: a person may remove a data folder that is in use.
 *
 * @param {string} path
 * @param {string} name
 */
function announceEnd(path, name) {
  if (existsSync(`${path}/${name}`)) writeFileSync(endingFile(path, name), '')
}

/**
 * @param {string} path
 * @param {string} holder
 */
function endingFile(path, holder) {
  return `${path}/${holder}/ending`
}

/**
 * @param {string} path
 * @param {string} holder
 */
export function removeHolder(path, holder) {
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
 * Returns false if the target has an entry or the source is gone.
 *
 * @param {string} from
 * @param {string} to
 */
function tryRename(from, to) {
  try {
    renameSync(from, to)
    return true
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(codeOf(error))) return false
    throw error
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
