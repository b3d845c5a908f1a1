import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { withLock } from './lock.mjs'
import { distrust, distrustEntry } from './own-folder.ts'
import { assertWritable } from './writable.mjs'

/**
 * The folder of the cache entry `name`, built by the first process that asks for it; others wait for that one.
 *
 * `build` fills a folder that becomes the entry only when it is whole, so a killed build leaves no entry. An entry that
 * `isIntact` refuses is built again, once. A cache that others may write is refused: its checksums are in it, too.
 */
export async function cached(
  name: string,
  build: (folder: string) => Promise<void>,
  isIntact: (folder: string) => Promise<boolean> = async () => true,
): Promise<string> {
  const cache = cacheDir()
  const entry = join(cache, name)
  assertTrusted(distrust(cache) ?? distrustEntry(entry))
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
  throw new Error(
    `${entry} does not match its checksums although it is new: check the disk, or set LOOKALIKE_CACHE`,
  )
}

/** What Lookalike downloads, for all clones of a user: `LOOKALIKE_CACHE`, or the system's place for caches. */
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
