import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, vi } from 'vitest'
import { spawnTied } from '../../dev/lifeline.mjs'
import { findRedis } from '../../dev/redis/find.ts'
import { freePort, type RedisServer, startRedis } from '../../dev/redis/start.ts'
import { createUsers } from '../../dev/redis/users.ts'
import { AppError } from '../../lib/errors.ts'
import { aclUserName, type Role } from '../../lib/redis/acl.ts'
import { parseSentinelAddress, sentinelAddressArgs } from '../../lib/redis/commands/sentinel.ts'
import type { Command, Reply } from '../../lib/redis/redis.ts'
import { asArray, asMap } from '../../lib/redis/reply.ts'
import { bikeShop, connectTo } from './bike-shop.ts'

const NAME = 'shop'
const PASSWORD = 'of-the-functions'
const QUORUM = 2
/** How long a server is silent before a sentinel thinks that it is down. */
export const DOWN_AFTER_MS = 1_000

export interface ReplicatedRedis {
  /** The URL by which a function finds the primary, or a replica (`?reads=replica`). */
  urlOf(role: Role, query?: string): string
  /** The URL of the sentinels for the default user. */
  readonly url: string
  /** By what the sentinels say. */
  primary(): Promise<RedisServer>
  replicas(): Promise<RedisServer[]>
  /** Something a sentinel is asked, on a connection of its own. */
  askSentinel(command: Command): Promise<Reply>
  /** Starts a server that was killed, as a replica of the primary of now; resolves when the sentinels count on it. */
  restart(server: RedisServer): Promise<void>
  /** Resolves when every replica is up, connected, and known to each sentinel. */
  settled(): Promise<void>
}

/** A primary with replicas under three sentinels, for the tests of a describe; each server has the functions' users. */
export function useSentinels({ replicas = 2 } = {}): ReplicatedRedis {
  const servers: RedisServer[] = []
  const sentinels: { url: string; port: number; stop: () => Promise<void> }[] = []
  const addUsers = ({ url }: RedisServer) => createUsers(url, bikeShop, { password: PASSWORD })

  beforeAll(async () => {
    const primary = await startServer()
    servers.push(primary)
    for (let i = 0; i < replicas; i++) servers.push(await startServer(primary))
    await Promise.all(servers.map(addUsers))
    for (let i = 0; i < 3; i++) sentinels.push(await startSentinel(primary))
    await redis.settled()
  }, 60_000)
  afterAll(async () => {
    await Promise.all([...sentinels, ...servers].map((server) => server.stop()))
  })

  const hosts = () => sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')
  const ask = (command: Command, sentinel = sentinels[0]) => send(sentinel?.url ?? '', command)
  const redis: ReplicatedRedis = {
    urlOf: (role, query = '') =>
      `redis+sentinel://${aclUserName(role)}:${PASSWORD}@${hosts()}/${NAME}${query}`,
    get url() {
      return `redis+sentinel://${hosts()}/${NAME}`
    },
    askSentinel: (command) => ask(command),

    async primary() {
      const address = parseSentinelAddress(await ask(sentinelAddressArgs(NAME)))
      const primary = servers.find(({ port }) => port === address?.port)
      if (primary === undefined) throw new Error(`The sentinels name a server of port ${address?.port}`)
      return primary
    },

    async replicas() {
      const primary = await redis.primary()
      return servers.filter((server) => server !== primary)
    },

    async restart(server) {
      const again = await startServer(await redis.primary(), server.port)
      servers[servers.indexOf(server)] = again
      // While it takes over its primary's users it builds their index, and answers nobody.
      await vi.waitUntil(() => addUsers(again).catch(() => undefined), { timeout: 30_000, interval: 100 })
      await redis.settled()
    },

    async settled() {
      await vi.waitUntil(
        async () => {
          const known = await Promise.all(
            sentinels.map(async (sentinel) => {
              const all = asArray(await ask(['SENTINEL', 'REPLICAS', NAME], sentinel)).map(asMap)
              const others = asArray(await ask(['SENTINEL', 'SENTINELS', NAME], sentinel))
              const isWell = all.every((one) => one.flags === 'slave' && one['master-link-status'] === 'ok')
              return isWell && all.length === servers.length - 1 && others.length === sentinels.length - 1
            }),
          )
          return known.every(Boolean)
        },
        { timeout: 40_000, interval: 100 },
      )
    },
  }
  return redis
}

function startServer(primary?: RedisServer, port?: number): Promise<RedisServer> {
  const args = ['--repl-diskless-sync-delay', '0', '--repl-backlog-size', '64mb']
  return startRedis({
    ...(port !== undefined && { port }),
    args: [...args, ...(primary === undefined ? [] : ['--replicaof', primary.host, String(primary.port)])],
  })
}

/** A sentinel is the same program, without modules, over a configuration that it writes to. */
async function startSentinel(primary: RedisServer) {
  const dir = mkdtempSync(join(tmpdir(), 'lookalike-sentinel-'))
  const port = await freePort()
  const file = join(dir, 'sentinel.conf')
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${dir}`,
    `sentinel monitor ${NAME} ${primary.host} ${primary.port} ${QUORUM}`,
    `sentinel down-after-milliseconds ${NAME} ${DOWN_AFTER_MS}`,
    `sentinel failover-timeout ${NAME} 2000`,
  ]
  writeFileSync(file, `${lines.join('\n')}\n`)
  const { command, end } = (await findRedis())({ port, dir, args: [] })
  const program = command.slice(0, command.findIndex((part) => part.endsWith('redis-server')) + 1)
  const log = openSync(join(dir, 'log'), 'w')
  const { child } = spawnTied([...program, file, '--sentinel'], { stdio: ['ignore', log, log] }, end)
  closeSync(log)
  const gone = new Promise((resolve) => child.once('exit', resolve))
  const url = `redis://127.0.0.1:${port}`
  await vi.waitUntil(() => send(url, ['PING']).catch(() => undefined), { timeout: 20_000 })
  // By default a sentinel looks at the servers each 10 s, and at the other sentinels each 2 s.
  await send(url, ['SENTINEL', 'DEBUG', 'INFO-PERIOD', '200'])
  await send(url, ['SENTINEL', 'DEBUG', 'PUBLISH-PERIOD', '200'])
  return {
    url,
    port,
    async stop() {
      child.kill('SIGKILL')
      await gone
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** On a connection of its own; again where the machine was too busy to open one in time. */
async function send(url: string, command: Command, attempts = 5): Promise<Reply> {
  const pool = connectTo({ url })
  try {
    return await pool.send(command)
  } catch (error) {
    const isUnreachable = error instanceof AppError && error.code === 'REDIS_UNAVAILABLE'
    if (!isUnreachable || attempts === 1) throw error
    return await send(url, command, attempts - 1)
  } finally {
    await pool.close()
  }
}
