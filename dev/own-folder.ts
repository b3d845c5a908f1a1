import { chmodSync, lstatSync, mkdirSync, readdirSync, realpathSync, type Stats, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

const WRITABLE_BY_OTHERS = 0o022
const WRITABLE_BY_ALL = 0o002
const STICKY = 0o1000

/**
 * Makes a folder that only this user may enter: it contains users' vectors, and its Redis requires no password. An
 * existing folder is closed to other users only if all of its names match `ours`, because DATA_DIR may be a home
 * folder.
 *
 * @throws Error one line with the folder's name
 */
export function makePrivateFolder(folder: string, ours: RegExp = /^/): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    if ((statSync(folder).mode & 0o077) === 0) return
    if (readdirSync(folder).every((name) => ours.test(name))) close(folder)
  } catch (error) {
    throw new Error(`Expected a folder that this user may write, got ${folder} (${codeOf(error)})`)
  }
}

/** Some file systems, such as FAT, have no modes. A start there is better than none. */
function close(folder: string): void {
  try {
    chmodSync(folder, 0o700)
  } catch (error) {
    console.error(`Other users of this machine may read ${folder}: it cannot be closed (${codeOf(error)})`)
  }
}

/**
 * Why another user could put a program into a folder: its owner, its mode, or the mode of a parent folder. Returns
 * `undefined` if no other user can.
 */
export function findFolderRisk(folder: string): string | undefined {
  const path = resolve(folder)
  const above = [path, realPath(path)].flatMap(ancestors)
  return findOwnProblem(path) ?? above.map(findAncestorProblem).find((problem) => problem !== undefined)
}

/** The same for a folder inside a trusted one. It may be older than the trust. */
export function findEntryRisk(folder: string): string | undefined {
  return findOwnProblem(folder)
}

function findOwnProblem(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return undefined
  const { uid } = stats
  const isTrusted = uid === 0 || uid === process.getuid?.()
  return isTrusted
    ? findWriteProblem(path, stats, WRITABLE_BY_OTHERS)
    : `${path} belongs to another user (${uid})`
}

/** In a folder with the sticky bit, such as /tmp, other users cannot replace our files. */
function findAncestorProblem(path: string): string | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (stats === undefined || stats.isSymbolicLink() || (stats.mode & STICKY) !== 0) return undefined
  return findWriteProblem(path, stats, isOwnGroup(stats) ? WRITABLE_BY_ALL : WRITABLE_BY_OTHERS)
}

function findWriteProblem(path: string, { mode }: Stats, bits: number): string | undefined {
  if ((mode & bits) === 0) return undefined
  return `others may write ${path} (mode 0${(mode & 0o777).toString(8)})`
}

/** Many systems give each user a group with the user's own number. A umask of 002 lets that group write. */
function isOwnGroup({ gid }: Stats): boolean {
  return gid === process.getgid?.() && gid === process.getuid?.()
}

function ancestors(path: string): string[] {
  const parent = dirname(path)
  return parent === path ? [] : [parent, ...ancestors(parent)]
}

/** The real path, with links followed, of the part of the path that exists. */
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
