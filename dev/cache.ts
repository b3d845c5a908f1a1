import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { withLock } from './lock.mjs'
import { findEntryRisk, findFolderRisk } from './own-folder.ts'
import { assertWritable } from './writable.mjs'

/**
 * The folder of the cache entry `name`. The first process that asks for it builds it; other processes wait.
 *
 * `build` fills a folder that becomes the entry when it is complete, so a killed build leaves no entry. If `isIntact`
 * refuses an entry, it is built again, once. A cache that other users may write is refused, because it also contains
 * the checksums.
 */
export async function cacheFolder(
  name: string,
  build: (folder: string) => Promise<void>,
  isIntact: (folder: string) => Promise<boolean> = async () => true,
): Promise<string> {
  const cache = cacheDir()
  const entry = join(cache, name)
  assertTrusted(findFolderRisk(cache) ?? findEntryRisk(entry))
  const isReady = async () => existsSync(entry) && (await isIntact(entry))
  if (await isReady()) return entry
  assertWritable(cache, 'set LOOKALIKE_CACHE to one for downloads')
  await mkdir(cache, { recursive: true, mode: 0o755 })
  await withLock(`${entry}.lock`, async () => {
    if (await isReady()) return
    await rm(entry, { recursive: true, force: true })
    await buildWhole(entry, build)
  })
  if (await isReady()) return entry
  throw new Error(`${entry} is new and differs from its checksums: check the disk, or set LOOKALIKE_CACHE`)
}

/** The folder of Lookalike's downloads, for all clones of a user: `LOOKALIKE_CACHE`, or the system's cache folder. */
export function cacheDir(): string {
  const { LOOKALIKE_CACHE, XDG_CACHE_HOME } = process.env
  if (LOOKALIKE_CACHE) return resolve(LOOKALIKE_CACHE)
  if (XDG_CACHE_HOME) return join(XDG_CACHE_HOME, 'lookalike')
  return join(homedir(), process.platform === 'darwin' ? 'Library/Caches' : '.cache', 'lookalike')
}

function assertTrusted(problem: string | undefined): void {
  if (problem === undefined) return
  const risk = 'a program that another user puts there would run as you'
  throw new Error(`${problem}, and ${risk}: chmod go-w it, or set LOOKALIKE_CACHE to a folder of your own`)
}

async function buildWhole(entry: string, build: (folder: string) => Promise<void>) {
  const folder = `${entry}.building`
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { mode: 0o755 })
  try {
    await build(folder)
    await rename(folder, entry)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
