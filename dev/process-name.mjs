import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

// Plain JavaScript: dev/setup.mjs uses this on a Node that cannot strip types.

/**
 * A name that no later process has: the id, and when the process began. The system gives an id again, soon in a
 * container and after each start of the machine. `undefined` when no process with this id runs.
 *
 * @param {number} pid
 */
export function processName(pid) {
  const began = beginOf(pid)
  return began === undefined ? undefined : `${pid}-t${began}`
}

/**
 * Whether the process of a name runs. Of a name that holds an id alone, the id decides.
 * @param {string} name may go on behind the name of the process, with a dash
 */
export function isRunning(name) {
  const [, id = '', began] = /^(\d+)(?:-t(\w+))?/.exec(name) ?? []
  const now = beginOf(Number(id))
  return now !== undefined && (began === undefined || now === '' || began === now)
}

/**
 * When a process began, in the system's own form; `''` where the system does not tell. A process that has ended and
 * waits for its parent to ask how (a zombie) does not run: in a container without an init no parent ever asks.
 *
 * @param {number} pid
 */
function beginOf(pid) {
  // 0 would ask for our own group.
  if (!(pid > 0) || !isKnown(pid)) return undefined
  try {
    return process.platform === 'linux' ? beginOnLinux(pid) : beginByPs(pid)
  } catch {
    return isKnown(pid) ? '' : undefined
  }
}

/** @param {number} pid */
function isKnown(pid) {
  try {
    return process.kill(pid, 0) // signal 0 only asks whether the process is there
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/**
 * From `PID (NAME) STATE …`: the state is field 3, and the clock ticks between the start of the machine and that of the
 * process are field 22 (man 5 proc).
 *
 * @param {number} pid
 */
function beginOnLinux(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return /^[ZX]/.test(fields[0] ?? '') ? undefined : (fields[19] ?? '')
}

/**
 * From `S    Sat Nov 28 04:26:01 2026`.
 * @param {number} pid
 */
function beginByPs(pid) {
  const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
    encoding: 'utf8',
    env: { LC_ALL: 'C', PATH: process.env.PATH },
  })
  const [state = '', ...began] = line.trim().split(/\s+/)
  return state.startsWith('Z') ? undefined : began.join('').replaceAll(/\W/g, '')
}
