import { afterAll, beforeAll, expect } from 'vitest'
import type { RedisVersion } from '../../dev/redis/find.ts'
import { type RedisOptions, type RedisServer, startRedis } from '../../dev/redis/start.ts'
import { createUsers, type UrlOf } from '../../dev/redis/users.ts'
import type { IndexDefinition } from '../../lib/definition.ts'
import { aclSetUserArgs, aclUserName, ROLES, type Role } from '../../lib/redis/acl.ts'
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
export function useRedis({
  definition = bikeShop,
  others = [],
  ...options
}: RedisOptions & { definition?: IndexDefinition; others?: readonly IndexDefinition[] } = {}): TestRedis {
  let running: { server: RedisServer; urlOf: UrlOf } | undefined
  const pools = new Map<Role | undefined, RedisPool>()
  // The first start on a machine downloads it.
  beforeAll(async () => {
    const server = await startRedis(options)
    running = { server, urlOf: await createUsers(server.url, definition) }
    for (const other of others) await letThemDoMore(redis.pool(), other)
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

/** As docs/index.md says it is done for the time of a change: the lines of another definition without `reset`. */
async function letThemDoMore(admin: RedisPool, definition: IndexDefinition): Promise<void> {
  const lines = ROLES.map((role) => aclSetUserArgs(role, definition, 'reset'))
  await Promise.all(lines.map((line) => admin.send(line.filter((rule) => rule !== 'reset'))))
}

/** `search-users: command json.mget` or `search-users: key user:1`: what the functions were refused. */
async function refusals(admin: RedisPool): Promise<string[]> {
  const entries = asArray(await admin.send(['ACL', 'LOG'])).map(asMap)
  return entries.flatMap(({ username, reason, object }) => {
    const role = ROLES.find((name) => aclUserName(name) === username)
    return role === undefined ? [] : [`${role}: ${asString(reason)} ${asString(object)}`]
  })
}
