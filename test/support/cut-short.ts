import type { Redis } from '../../lib/redis/redis.ts'
import { asMap } from '../../lib/redis/reply.ts'

/** The same server, whose answer to a search by HNSW lacks its rows, as when the server's TIMEOUT is up. */
export function cutShort(redis: Redis): Redis {
  return {
    async send(command, options) {
      const reply = await redis.send(command, options)
      const isCut = command[0] === 'FT.SEARCH' && command.includes('ef')
      return isCut ? { ...asMap(reply), results: [], warning: ['Timeout limit was reached'] } : reply
    },
  }
}
