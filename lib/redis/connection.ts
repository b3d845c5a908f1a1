import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '../errors.ts'
import { type Client, openClient, type TlsSettings } from './client.ts'
import {
  type CallOptions,
  type Command,
  type Connection,
  DEFAULT_TIMEOUT_MS,
  type Deadline,
  type RedisPool,
  type Reply,
} from './redis.ts'
import { isWrongPassword } from './server-errors.ts'
import { type RedisSource, redisUrl } from './url.ts'
import { assertTimeLeft, within } from './within.ts'

export interface RedisSettings {
  source: RedisSource
  tls?: TlsSettings
  /** Hosts to which redis:// is allowed, beside this machine. */
  plaintextHosts?: readonly string[]
}

const MAX_LEASES = 8
const MIN_BACKOFF_MS = 50
const MAX_BACKOFF_MS = 500

/**
 * The pooled connection. One client is shared by all `send`s: Redis runs one command at a time and node-redis
 * pipelines, so more of them buy nothing. A `lease` has a client of its own, taken from those already opened.
 *
 * Opened on first use and kept between invocations. A client that failed is thrown away, never repaired: node-redis'
 * own pool hands out dead clients for ever, and its reconnecting hides how long a call waits (docs/decisions/0003).
 */
export function connectRedis({ source, tls = {}, plaintextHosts = [] }: RedisSettings): RedisPool {
  const url = redisUrl(source, plaintextHosts)
  let shared: Promise<Client> | undefined
  const idle: Client[] = []
  const waiting: (() => void)[] = []
  let leases = 0
  let failures = 0
  let nextAttemptAt = 0

  /** After a failed connect the next ones wait, longer each time, or everyone at once would hammer a Redis that starts. */
  async function open(deadline: Deadline): Promise<Client> {
    if (nextAttemptAt >= deadline) throw new AppError('REDIS_UNAVAILABLE', 'Redis cannot be reached')
    await delay(Math.max(0, nextAttemptAt - Date.now()))
    try {
      const client = await openWithPassword(deadline)
      failures = 0
      return client
    } catch (error) {
      const backoff = Math.min(MIN_BACKOFF_MS * 2 ** failures++, MAX_BACKOFF_MS)
      nextAttemptAt = Date.now() + backoff * (0.5 + Math.random() / 2)
      throw error
    }
  }

  /** A password that was rotated is read again, without a new deployment. */
  async function openWithPassword(deadline: Deadline): Promise<Client> {
    const known = await within(url.read(), deadline)
    try {
      return await openClient(known, tls, deadline)
    } catch (error) {
      if (!isWrongPassword(error)) throw error
      const fresh = await within(url.reread(), deadline)
      if (fresh === known) throw error
      return openClient(fresh, tls, deadline)
    }
  }

  /** The shared client, and whether it was there before this call. */
  async function sharedClient(deadline: Deadline): Promise<{ client: Client; isNew: boolean }> {
    const known = shared
    if (known !== undefined) {
      const client = await within(known, deadline)
      if (await client.isAlive(deadline)) return { client, isNew: false }
      if (shared === known) shared = undefined
    }
    shared ??= open(deadline)
    const opening = shared
    // A failed connect must not be remembered: each later call of a warm environment would fail with it.
    opening.catch(() => {
      if (shared === opening) shared = undefined
    })
    return { client: await within(opening, deadline), isNew: true }
  }

  /**
   * A connection that breaks under a command leaves it open whether the command was executed. All of ours may be
   * executed twice, so it is sent once more: a socket that died in a freeze then costs nobody an error.
   */
  async function send(
    command: Command,
    { deadline = Date.now() + DEFAULT_TIMEOUT_MS }: CallOptions = {},
  ): Promise<Reply> {
    assertTimeLeft(deadline)
    const { client, isNew } = await sharedClient(deadline)
    try {
      return await client.call(command, deadline)
    } catch (error) {
      const mayHelp = !isNew && error instanceof AppError && error.code === 'REDIS_UNAVAILABLE'
      if (!mayHelp) throw error
      return (await sharedClient(deadline)).client.call(command, deadline)
    }
  }

  async function lease<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    while (leases >= MAX_LEASES) await new Promise<void>((resolve) => waiting.push(resolve))
    leases++
    let client: Client | undefined
    const use = async <R>(
      options: CallOptions = {},
      run: (client: Client, deadline: Deadline) => Promise<R>,
    ) => {
      const { deadline = Date.now() + DEFAULT_TIMEOUT_MS } = options
      assertTimeLeft(deadline)
      client ??= (await takeAlive(idle, deadline)) ?? (await open(deadline))
      return run(client, deadline)
    }
    try {
      return await work({
        send: (command, options) => use(options, (own, deadline) => own.call(command, deadline)),
        pipeline: (commands, options) => use(options, (own, deadline) => own.pipeline(commands, deadline)),
      })
    } finally {
      if (client !== undefined) idle.push(client)
      leases--
      waiting.shift()?.()
    }
  }

  async function close(): Promise<void> {
    const open = shared === undefined ? [] : [await shared.catch(() => undefined)]
    shared = undefined
    for (const client of [...open, ...idle.splice(0)]) client?.destroy()
  }

  return { send, lease, close }
}

async function takeAlive(idle: Client[], deadline: Deadline): Promise<Client | undefined> {
  for (let client = idle.pop(); client !== undefined; client = idle.pop()) {
    if (await client.isAlive(deadline)) return client
  }
  return undefined
}
