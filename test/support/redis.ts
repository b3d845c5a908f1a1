import { afterAll, beforeAll } from 'vitest'
import type { RedisVersion } from '../../dev/redis/find.ts'
import { type RedisOptions, type RedisServer, startRedis } from '../../dev/redis/start.ts'

/** The servers that tests are run on: what the machine has (Redis Stack 7.4 if nothing else), and Redis 8.2. */
export const VERSIONS: readonly RedisVersion[] = ['any', '8.2']

/** A Redis Stack of its own for the tests of the calling file or describe block. */
export function useRedis(options: RedisOptions = {}): { readonly server: RedisServer } {
  let running: RedisServer | undefined
  // The first start on a machine downloads it.
  beforeAll(async () => {
    running = await startRedis(options)
  }, 120_000)
  afterAll(() => running?.stop())
  return {
    get server() {
      if (running) return running
      throw new Error('The Redis of useRedis() starts in beforeAll: read .server inside a test or a hook')
    },
  }
}
