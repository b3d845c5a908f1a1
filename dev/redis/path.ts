import { existsSync, realpathSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { run } from '../subprocess.ts'
import { installedProgram, type RedisProgram } from './program.ts'

/** Finds a redis-stack-server, or a Redis 8 with its modules, on the PATH. Throws an Error if there is none. */
export async function redisOnPath(): Promise<RedisProgram> {
  const program =
    programOf('redis-stack-server') ?? ((await isRedis8()) ? programOf('redis-server') : undefined)
  if (program) return program
  throw new Error('no redis-stack-server or Redis 8 with search and JSON on the PATH')
}

/** A server with both modules in one of the folders that its packages use. */
function programOf(command: string): RedisProgram | undefined {
  const file = (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, command))
    .find((path) => existsSync(path))
  if (file === undefined) return undefined
  const bin = dirname(realpathSync(file))
  const modules = ['../lib', '../lib/redis/modules']
    .map((folder) => join(bin, folder))
    .find((folder) => ['redisearch.so', 'rejson.so'].every((module) => existsSync(join(folder, module))))
  if (modules === undefined || !existsSync(join(bin, 'redis-server'))) return undefined
  return installedProgram(bin, modules)
}

async function isRedis8(): Promise<boolean> {
  // Prints `Redis server v=8.2.3 sha=…`. A missing redis-server counts as an old one.
  const version = await run('redis-server', ['--version']).catch(() => '')
  return Number(/ v=(\d+)\./.exec(String(version))?.[1]) >= 8
}
