import { afterAll, beforeAll, expect } from 'vitest'
import type { RedisVersion } from '../../dev/redis/find.ts'
import { type RedisOptions, type RedisServer, startRedis } from '../../dev/redis/start.ts'
import { createUsers, type UrlOf, type UserOptions } from '../../dev/redis/users.ts'
import type { IndexDefinition } from '../../lib/definition.ts'
import { aclUserName, ROLES, type Role } from '../../lib/redis/acl.ts'
import type { RedisPool } from '../../lib/redis/redis.ts'
import { asArray, asMap, asString } from '../../lib/redis/reply.ts'
import { bikeShop, connectTo } from './bike-shop.ts'

/** The servers that tests are run on: what the machine has (Redis Stack 7.4 if nothing else), and Redis 8.2. */
export const VERSIONS: readonly RedisVersion[] = ['any', '8.2']

export interface TestRedis {
  /** Its URL is that of the default user, who may do everything. */
  readonly server: RedisServer
  /** Where a function connects, as the user that `npm run acl` makes for it. */
  urlOf: UrlOf
  /** The connections of a function, or else of the default user; closed at the end. */
  pool(role?: Role): RedisPool
}

/**
 * A Redis Stack of its own for the tests of the calling file or describe block. It fails them when a function was
 * refused a command, whatever became of that. The functions may do what `definition` asks for, and `others` as well.
 */
export function useRedis(options: RedisOptions & TestUsers = {}): TestRedis {
  let running: RedisWithUsers | undefined
  const pools = new Map<Role | undefined, RedisPool>()
  // The first start on a machine downloads it.
  beforeAll(async () => {
    running = await startWithUsers(options)
  }, 120_000)
  afterAll(async () => {
    if (running === undefined) return
    try {
      expect(await refusals(redis.pool()), 'what the table in lib/redis/acl.ts lacks').toEqual([])
    } finally {
      for (const pool of pools.values()) await pool.close()
      await running.server.stop()
    }
  })
  const started = () => {
    if (running) return running
    throw new Error('The Redis of useRedis() starts in beforeAll: use it inside a test or a hook')
  }
  const redis: TestRedis = {
    get server() {
      return started().server
    },
    urlOf: (role) => started().urlOf(role),
    pool(role) {
      const { server, urlOf } = started()
      const pool = pools.get(role) ?? connectTo({ url: role === undefined ? server.url : urlOf(role) })
      pools.set(role, pool)
      return pool
    },
  }
  return redis
}

type TestUsers = UserOptions & { definition?: IndexDefinition }

export interface RedisWithUsers {
  readonly server: RedisServer
  readonly urlOf: UrlOf
}

/** A Redis with a user for each function, for who ends it, or kills it and starts it anew, in the middle of a test. */
export async function startWithUsers({
  definition = bikeShop,
  others,
  password,
  ...options
}: RedisOptions & TestUsers = {}): Promise<RedisWithUsers> {
  const server = await startRedis(options)
  return { server, urlOf: await createUsers(server.url, definition, { others, password }) }
}

/** `search-users: command json.mget` or `search-users: key user:1`: what the functions were refused. */
async function refusals(admin: RedisPool): Promise<string[]> {
  const entries = asArray(await admin.send(['ACL', 'LOG'])).map(asMap)
  return entries.flatMap(({ username, reason, object }) => {
    const role = ROLES.find((name) => aclUserName(name) === username)
    // A wrong password is no lack of the table's.
    return role === undefined || reason === 'auth' ? [] : [`${role}: ${asString(reason)} ${asString(object)}`]
  })
}
