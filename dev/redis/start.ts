import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { createClient } from 'redis'
import { findRedis, type RedisVersion, whatToDo } from './find.ts'
import { nameServer, waitForFormerServer } from './former-server.ts'
import { reportLoading } from './loading.ts'
import { RedisEnded, runServer, type ServerProcess } from './process.ts'

export interface RedisServer {
  url: string
  host: string
  port: number
  /** Redis's own process, for tests that freeze or kill it. */
  pid: number
  version: string
  /** The command that runs redis-cli on this server. */
  cli: string[]
  /** Ends the server in order, or by force after 5 s. */
  stop(): Promise<void>
  /** Sends SIGKILL, and resolves when the server has ended. A given `dir` keeps its data. */
  kill(): Promise<void>
}

export interface RedisOptions {
  version?: RedisVersion
  /** The data folder, which stays. Default: a temporary folder, which `stop` removes. */
  dir?: string
  /** Default: a free port. */
  port?: number
  /** Writes an append-only file and syncs it each second. Default: no data is stored. */
  appendonly?: boolean
  /** Additional arguments of redis-server. */
  args?: string[]
  /** Receives a line for the terminal while Redis loads its data, or waits for another Redis to end. */
  tell?: ((text: string) => void) | undefined
  /** Cancels the start. */
  signal?: AbortSignal | undefined
}

const host = '127.0.0.1'

/**
 * Starts a Redis Stack on 127.0.0.1 that never outlives this process, even after SIGKILL. Resolves when Redis has
 * loaded its data and answers searches, without a time limit. Rejects if Redis ends before, with the end of its log.
 * The code is EADDRINUSE if the requested port is in use.
 */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const program = await findRedis(options.version)
  const folder = dataFolder(options.dir)
  const persistence = options.appendonly ? ['--appendonly', 'yes', '--appendfsync', 'everysec'] : []
  const args = [...persistence, ...(options.args ?? [])]
  await waitForFormerServer(folder.path, options)

  const start = async (attemptsLeft: number): Promise<RedisServer> => {
    const port = options.port ?? (await freePort())
    const launch = program({ port, dir: folder.path, args })
    const url = `redis://${host}:${port}`
    const server = runServer(launch, join(folder.path, 'redis.log'))
    nameServer(folder.path, server.commandPid)
    try {
      await waitUntilReady(server, url, options)
      const version = await versionOf(url)
      const stop = () => server.stop().then(folder.remove)
      return { url, host, port, pid: await server.pid(), version, cli: launch.cli, stop, kill: server.kill }
    } catch (error) {
      await server.kill()
      const isTaken = hasLostPort(server)
      if (isTaken && options.port === undefined && attemptsLeft > 0) return start(attemptsLeft - 1)
      folder.remove()
      throw startError(error, isTaken, folder.path)
    }
  }
  return start(3)
}

/** Adds advice to the error of a server that has ended. Returns any other error unchanged. */
function startError(error: unknown, isTaken: boolean, dir: string): unknown {
  if (!(error instanceof RedisEnded)) return error
  if (isTaken) return Object.assign(error, { code: 'EADDRINUSE' })
  const hasData = existsSync(join(dir, 'appendonlydir'))
  const advice = hasData ? `its log and its data are in ${dir}; set DATA_DIR to start without them` : whatToDo
  return new Error(`${error.message}: ${advice}`)
}

async function waitUntilReady(
  server: ServerProcess,
  url: string,
  { tell, signal }: RedisOptions,
): Promise<void> {
  const ready = new AbortController()
  if (tell !== undefined) void reportLoading(url, tell, ready.signal)
  try {
    await server.ready(signal)
  } finally {
    ready.abort()
  }
}

function dataFolder(dir: string | undefined) {
  if (dir === undefined) {
    const path = mkdtempSync(join(tmpdir(), 'lookalike-redis-'))
    return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
  }
  const path = resolve(dir)
  mkdirSync(path, { recursive: true })
  return { path, remove: () => {} }
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, host)
  await once(probe, 'listening')
  const address = probe.address()
  await promisify(probe.close.bind(probe))()
  if (typeof address === 'string' || address === null) throw new Error(`${host} returned no port: ${address}`)
  return address.port
}

/**
 * Another program took the port between the search for a free one and the start. The texts are Redis's and Docker's.
 */
function hasLostPort(server: ServerProcess): boolean {
  return /Address already in use|port is already allocated/.test(server.log())
}

/** Throws unless the search module also answers. */
async function versionOf(url: string): Promise<string> {
  const client = createClient({ url, socket: { reconnectStrategy: false } }).on('error', () => {})
  await client.connect()
  try {
    await client.sendCommand(['FT._LIST'])
    const info = await client.info('server')
    return /redis_version:(\S+)/.exec(info)?.[1] ?? 'unknown'
  } finally {
    client.destroy()
  }
}
