import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

// Plain JavaScript: dev/setup.mjs uses this file on a Node that cannot strip types.

/**
 * A name that no later process has: the process id and the start time. Systems reuse ids, soon in a container and
 * after each boot. Returns `undefined` if no process with this id runs.
 *
 * @param {number} pid
 */
export function processName(pid) {
  const startTime = startTimeOf(pid)
  return startTime === undefined ? undefined : `${pid}-t${startTime}`
}

/**
 * Whether the process of a name runs. If the name contains only an id, the id decides.
 *
 * @param {string} name may continue after the process's name, with a dash
 */
export function isRunning(name) {
  const [, id = '', startTime] = /^(\d+)(?:-t(\w+))?/.exec(name) ?? []
  const now = startTimeOf(Number(id))
  return now !== undefined && (startTime === undefined || now === '' || startTime === now)
}

/**
 * When a process started, in the system's own form; `''` if the system does not tell. A zombie, which has ended and
 * waits for its parent, does not count as running. In a container without an init process, it stays forever.
 *
 * @param {number} pid
 */
function startTimeOf(pid) {
  // The id 0 would mean our own process group.
  if (!(pid > 0) || !hasProcess(pid)) return undefined
  try {
    return process.platform === 'linux' ? startTimeOnLinux(pid) : startTimeByPs(pid)
  } catch {
    return hasProcess(pid) ? '' : undefined
  }
}

/** @param {number} pid */
function hasProcess(pid) {
  try {
    return process.kill(pid, 0) // signal 0 only tests whether the process exists
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/**
 * Parses `PID (NAME) STATE …`. The state is field 3. Field 22 is the start time in clock ticks since boot (man 5
 * proc).
 *
 * @param {number} pid
 */
function startTimeOnLinux(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return /^[ZX]/.test(fields[0] ?? '') ? undefined : (fields[19] ?? '')
}

/**
 * Parses `S Sat Nov 28 04:26:01 2026`.
 *
 * @param {number} pid
 */
function startTimeByPs(pid) {
  const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
    encoding: 'utf8',
    env: { LC_ALL: 'C', PATH: process.env.PATH },
  })
  const [state = '', ...began] = line.trim().split(/\s+/)
  return state.startsWith('Z') ? undefined : began.join('').replaceAll(/\W/g, '')
}
