import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { isRunning, processName } from './process-name.mjs'

// Plain JavaScript: dev/setup.mjs uses this on a Node that cannot strip types.

/**
 * How long to wait for a holder that runs, and what to say.
 * @typedef Patience
 * @property {number} patienceMs
 * @property {(pid: number) => string} busy the error, when that was in vain
 * @property {(pid: number) => string} [waiting] a line for the terminal, at once; without it the wait is silent
 * @property {Ending} [ending] the same for a holder that says it is ending; without it a holder is waited for as any other
 */

/** @typedef {Omit<Patience, 'ending'>} Ending */

/**
 * The lock, for its holder.
 * @typedef Held
 * @property {() => void} announceEnd from now on others wait for the holder with the patience for one that is ending
 */

/**
 * Runs `work` while no other process of this machine holds the lock `path`. A holder that has ended holds nothing.
 *
 * A held lock is a folder with one entry, its holder's name. Renaming a folder onto one with an entry fails, so taking a
 * lock is atomic. Of a holder that has ended only that entry is removed, by its name: a process that notices late cannot
 * take a fresh lock away.
 *
 * @template T
 * @param {string} path
 * @param {(held: Held) => Promise<T>} work
 * @param {Patience} [patience]
 * @returns {Promise<T>}
 */
export async function withLock(path, work, patience = tenMinutes(path)) {
  const name = `${processName(process.pid) ?? process.pid}-${randomUUID()}`
  mkdirSync(`${path}.${name}/${name}`, { recursive: true })
  try {
    await take(path, name, patience)
    try {
      return await work({ announceEnd: () => announceEnd(path, name) })
    } finally {
      renamed(path, `${path}.${name}`)
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
  while (!renamed(`${path}.${name}`, path)) {
    const holder = holderOf(path)
    if (holder === undefined) {
      if (!existsSync(`${path}.${name}`))
        throw new Error(`${path} was removed while this process waited for it`)
      continue // released in this moment
    }
    const pid = Number.parseInt(holder, 10)
    if (!isRunning(holder)) {
      clearAway(path, holder)
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
 * Does nothing when the lock is gone: a person may remove a data folder while it is in use.
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

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
