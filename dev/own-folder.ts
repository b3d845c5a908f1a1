import { chmodSync, lstatSync, mkdirSync, readdirSync, realpathSync, type Stats, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

const WRITABLE_BY_OTHERS = 0o022
const WRITABLE_BY_ALL = 0o002
const STICKY = 0o1000

/**
 * Makes a folder that only this user may enter: it holds users' vectors, and the Redis that writes them asks for no
 * password. An existing folder is closed to others when it holds only names of `ours`: DATA_DIR may be a home folder.
 *
 * @throws Error one line that names the folder
 */
export function makePrivate(folder: string, ours: RegExp = /^/): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    if ((statSync(folder).mode & 0o077) === 0) return
    if (readdirSync(folder).every((name) => ours.test(name))) close(folder)
  } catch (error) {
    throw new Error(`Expected a folder that this user may write, got ${folder} (${codeOf(error)})`)
  }
}

/** Some file systems, such as FAT, know no modes: a start there is better than none. */
function close(folder: string): void {
  try {
    chmodSync(folder, 0o700)
  } catch (error) {
    console.error(`Other users of this machine may read ${folder}: it cannot be closed (${codeOf(error)})`)
  }
}

/**
 * Why another user could put a program into a folder: by its owner or its mode, or by the mode of a folder above it.
 * `undefined` when there is no reason.
 */
export function distrust(folder: string): string | undefined {
  const path = resolve(folder)
  const above = [path, realPath(path)].flatMap(ancestors)
  return ownProblem(path) ?? above.map(ancestorProblem).find((problem) => problem !== undefined)
}

/** The same of a folder that is in a trusted one: it may be of a time when that was not. */
export function distrustEntry(folder: string): string | undefined {
  return ownProblem(folder)
}

function ownProblem(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return undefined
  const { uid } = stats
  const isTrusted = uid === 0 || uid === process.getuid?.()
  return isTrusted
    ? writeProblem(path, stats, WRITABLE_BY_OTHERS)
    : `${path} belongs to another user (${uid})`
}

/** In a folder with the sticky bit, such as /tmp, no other user can replace what is ours. */
function ancestorProblem(path: string): string | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (stats === undefined || stats.isSymbolicLink() || (stats.mode & STICKY) !== 0) return undefined
  return writeProblem(path, stats, isOwnGroup(stats) ? WRITABLE_BY_ALL : WRITABLE_BY_OTHERS)
}

function writeProblem(path: string, { mode }: Stats, bits: number): string | undefined {
  if ((mode & bits) === 0) return undefined
  return `others may write ${path} (mode 0${(mode & 0o777).toString(8)})`
}

/** Many systems give each user a group with the user's own number, and a umask of 002 lets that group write. */
function isOwnGroup({ gid }: Stats): boolean {
  return gid === process.getgid?.() && gid === process.getuid?.()
}

function ancestors(path: string): string[] {
  const parent = dirname(path)
  return parent === path ? [] : [parent, ...ancestors(parent)]
}

/** With the links followed, of as much of the path as there is. */
function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    const parent = dirname(path)
    return parent === path ? path : resolve(realPath(parent), path.slice(parent.length + 1))
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : error
}
