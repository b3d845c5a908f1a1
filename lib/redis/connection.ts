import { createClient, ErrorReply } from 'redis'
import { AppError } from '../errors.ts'
import type { CallOptions, Command, Connection, Deadline, Outcome, RedisPool, Reply } from './redis.ts'
import { toRedisError } from './server-errors.ts'
import { type RedisSource, redisUrl } from './url.ts'

export interface ConnectOptions {
  /** How long a call without a deadline may take. */
  defaultTimeoutMs?: number
  maxLeases?: number
}

/**
 * The pooled connection. One client is shared by all `send`s: Redis runs one command at a time and node-redis
 * pipelines, so more of them buy nothing. A `lease` has a client of its own, taken from those already opened.
 *
 * Opened on first use and kept between invocations. A client that failed is thrown away, never repaired: node-redis'
 * own pool hands out dead clients for ever, and its reconnecting hides how long a call waits (docs/decisions/0003).
 */
export function connectRedis(
  source: RedisSource,
  { defaultTimeoutMs = 5_000, maxLeases = 8 }: ConnectOptions = {},
): RedisPool {
  let shared: Promise<Client> | undefined
  const idle: Client[] = []
  const waiting: (() => void)[] = []
  let leases = 0

  // The URL is read anew for each connection, so that a changed secret needs no redeploy.
  const open = async (deadline: Deadline) => openClient(await redisUrl(source), deadline)
  const deadlineOf = ({ deadline }: CallOptions = {}) => deadline ?? Date.now() + defaultTimeoutMs

  async function sharedClient(deadline: Deadline): Promise<Client> {
    shared ??= open(deadline)
    const opening = shared
    const forget = () => {
      if (shared === opening) shared = undefined
    }
    // A failed connect must not be remembered: each later call of a warm environment would fail with it.
    const client = await opening.catch((error: unknown) => {
      forget()
      throw error
    })
    if (client.isReady) return client
    forget()
    return sharedClient(deadline)
  }

  async function send(command: Command, options?: CallOptions): Promise<Reply> {
    const deadline = deadlineOf(options)
    return call(await sharedClient(deadline), command, deadline)
  }

  async function lease<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    while (leases >= maxLeases) await new Promise<void>((resolve) => waiting.push(resolve))
    leases++
    let client: Client | undefined
    const leased = async (deadline: Deadline) => {
      client ??= takeReady(idle) ?? (await open(deadline))
      return client
    }
    try {
      return await work({
        send: async (command, options) =>
          call(await leased(deadlineOf(options)), command, deadlineOf(options)),
        pipeline: async (commands, options) =>
          pipeline(await leased(deadlineOf(options)), commands, deadlineOf(options)),
      })
    } finally {
      if (client?.isReady) idle.push(client)
      leases--
      waiting.shift()?.()
    }
  }

  async function close(): Promise<void> {
    const clients = [
      ...idle.splice(0),
      ...(shared === undefined ? [] : [await shared.catch(() => undefined)]),
    ]
    shared = undefined
    for (const client of clients) discard(client)
  }

  return { send, lease, close }
}

type Client = ReturnType<typeof newClient>

function newClient(url: string) {
  return createClient({
    url,
    // RESP3 carries a search's warnings ("Timeout limit was reached"); RESP2 drops them.
    RESP: 3,
    // 0 is none: the default of 5 s rejects healthy commands that wait in a long pipeline (479,474 of 500,000 SETs).
    commandOptions: { timeout: 0 },
    maintNotifications: 'disabled',
    socket: { connectTimeout: 2_000, reconnectStrategy: false },
  })
}

async function openClient(url: string, deadline: Deadline): Promise<Client> {
  const client = newClient(url)
  // Without a listener an 'error' would end the process. The call in flight reports what happened.
  client.on('error', () => {})
  await within(client.connect(), deadline, () => discard(client))
  return client
}

async function call(client: Client, command: Command, deadline: Deadline): Promise<Reply> {
  return within(client.sendCommand<Reply>([...command]), deadline, () => discard(client))
}

async function pipeline(
  client: Client,
  commands: readonly Command[],
  deadline: Deadline,
): Promise<Outcome[]> {
  const replies = commands.map((command) => client.sendCommand<Reply>([...command]))
  const settled = await within(Promise.allSettled(replies), deadline, () => discard(client))
  return settled.map((result) => {
    if (result.status === 'fulfilled') return { reply: result.value }
    if (result.reason instanceof ErrorReply) return { refused: toRedisError(result.reason) }
    throw toRedisError(result.reason)
  })
}

/**
 * Waits no longer than the deadline. node-redis' own timeout and AbortSignal end only the wait before a command is
 * written, so what was written to a silent server would pend for ever: then the client must go, since the late reply
 * would be taken for the next command's.
 */
async function within<T>(work: Promise<T>, deadline: Deadline, onTimeout: () => void): Promise<T> {
  const ms = Math.max(0, deadline - Date.now())
  let timer: NodeJS.Timeout | undefined
  const expiry = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      // Before the client goes, which rejects the work itself and would win the race.
      reject(new AppError('REDIS_TIMEOUT', `Redis did not answer within ${ms} ms`))
      onTimeout()
    }, ms)
  })
  try {
    return await Promise.race([work, expiry])
  } catch (thrown) {
    throw toRedisError(thrown)
  } finally {
    clearTimeout(timer)
  }
}

function takeReady(idle: Client[]): Client | undefined {
  while (idle.length > 0) {
    const client = idle.pop()
    if (client?.isReady) return client
  }
  return undefined
}

function discard(client: Client | undefined): void {
  if (client?.isOpen) client.destroy()
}
