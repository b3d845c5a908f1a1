import { REDIS8_IMAGE, redisInDocker, STACK_IMAGE } from './docker.ts'
import { redisOnPath } from './path.ts'
import type { RedisProgram } from './program.ts'
import { redis8FromWheel } from './redis8-wheel.ts'
import { stackFromWheel } from './stack-wheel.ts'

/** `any` is this machine's own server, or Redis Stack 7.4 if it has none. The tests also run on Redis 8.2. */
export type RedisVersion = 'any' | '8.2'

/**
 * The places to search for each version. For 8.2, the wheel comes first: it has the same modules as Redis Stack 7.4.
 * So any difference between the two comes from the server.
 */
const PLACES: Record<RedisVersion, (() => Promise<RedisProgram>)[]> = {
  any: [redisOnPath, () => redisInDocker(STACK_IMAGE), stackFromWheel],
  '8.2': [redis8FromWheel, () => redisInDocker(REDIS8_IMAGE)],
}

const found = new Map<RedisVersion, Promise<RedisProgram>>()

/** Finds a Redis with search and JSON, or downloads one. The Error names every place that was tried. */
export function findRedis(version: RedisVersion = 'any'): Promise<RedisProgram> {
  const finding = found.get(version) ?? findFirst(version)
  found.set(version, finding)
  return finding
}

async function findFirst(version: RedisVersion): Promise<RedisProgram> {
  const problems: string[] = []
  for (const look of PLACES[version]) {
    try {
      return await look()
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error))
    }
  }
  throw new Error(`No Redis Stack was found (${problems.join('; ')}): ${whatToDo}`)
}

export const whatToDo = 'install Docker or redis-stack-server, or set REDIS_URL'
