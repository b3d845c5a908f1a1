import { AppError } from '../errors.ts'
import type { Client, ClientOptions } from './client.ts'
import {
  type CallOptions,
  type Command,
  type Connection,
  DEFAULT_TIMEOUT_MS,
  type Deadline,
  type RedisPool,
  type Reply,
} from './redis.ts'
import { isReadOnly } from './server-errors.ts'
import { singleFlight } from './single-flight.ts'
import { assertTimeLeft, withDeadline } from './with-deadline.ts'

const MAX_LEASES = 8

/**
 * The pooled connection. One client is shared by all `send`s: Redis runs one command at a time and node-redis
 * pipelines, so more of them buy nothing. A `lease` has a client of its own, taken from those already opened.
 *
 * Opened on first use and kept between invocations. A client that failed is thrown away, never repaired: node-redis'
 * own pool hands out dead clients for ever, and its reconnecting hides how long a call waits (docs/decisions/0003).
 */
export function connectionPool(openAny: (deadline: Deadline) => Promise<Client>): RedisPool {
  let shared: Client | undefined
  const idle: Client[] = []
  const waiting: (() => void)[] = []
  let leases = 0
  let closings = 0

  async function open(deadline: Deadline): Promise<Client> {
    const before = closings
    const client = await openAny(deadline)
    if (closings === before) return client
    client.destroy()
    throw new AppError('REDIS_UNAVAILABLE', 'The connection was closed while it was opened')
  }

  const openShared = singleFlight(async (deadline) => {
    shared = await open(deadline)
    return shared
  })

  /** The shared client, and whether it was there before this call. */
  async function sharedClient(deadline: Deadline): Promise<{ client: Client; isNew: boolean }> {
    for (let known = shared; known !== undefined; known = shared) {
      if (await known.isAlive(deadline)) return { client: known, isNew: false }
      if (shared === known) shared = undefined
    }
    return { client: await opened(openShared(deadline), deadline), isNew: true }
  }

  /**
   * A connection that breaks under a command leaves it open whether the command was executed. Ours may be executed
   * twice unless they are said to go `once`, so it is sent once more: a socket that died in a freeze then costs nobody
   * an error. A primary that has become a replica takes no write, so that goes to whoever is primary now.
   */
  async function send(
    command: Command,
    { deadline = Date.now() + DEFAULT_TIMEOUT_MS, once = false, ...rest }: CallOptions = {},
  ): Promise<Reply> {
    const options = { ...rest, deadline }
    assertTimeLeft(deadline)
    const { client, isNew } = await sharedClient(deadline)
    try {
      return await client.call(command, options)
    } catch (error) {
      const isLost = error instanceof AppError && error.code === 'REDIS_UNAVAILABLE'
      const mayHelp = !isNew && ((isLost && !once) || isReadOnly(error))
      if (!mayHelp || Date.now() >= deadline) throw error
      return (await sharedClient(deadline)).client.call(command, options)
    }
  }

  /** Whoever gives up leaves the row at once, or a lease that ends would wake him, and nobody else. */
  async function turn(deadline: Deadline): Promise<void> {
    let go = () => {}
    const freed = new Promise<void>((resolve) => {
      go = resolve
    })
    waiting.push(go)
    try {
      await withDeadline(freed, deadline, () => waiting.splice(waiting.indexOf(go), 1))
    } catch (error) {
      const message = `Expected one of ${MAX_LEASES} connections to become free in time`
      throw new AppError('REDIS_BUSY', message, { cause: error })
    }
  }

  async function lease<T>(
    work: (connection: Connection) => Promise<T>,
    { deadline = Date.now() + DEFAULT_TIMEOUT_MS }: CallOptions = {},
  ): Promise<T> {
    while (leases >= MAX_LEASES) await turn(deadline)
    leases++
    const closingsBefore = closings
    let client: Client | undefined
    let opening: Promise<Client> | undefined
    const openOwn = async (deadline: Deadline) => {
      client = (await takeAlive(idle, deadline)) ?? (await open(deadline))
      return client
    }
    const use = async <R>(
      { deadline = Date.now() + DEFAULT_TIMEOUT_MS, ...rest }: CallOptions = {},
      run: (client: Client, options: ClientOptions) => Promise<R>,
    ) => {
      assertTimeLeft(deadline)
      // The promise, not the client: two calls at once would open two connections, and their order would be lost.
      opening ??= openOwn(deadline)
      const mine = opening
      mine.catch(() => {
        if (opening === mine) opening = undefined
      })
      return run(await opened(mine, deadline), { ...rest, deadline })
    }
    let isWell = false
    try {
      const result = await work({
        send: (command, options) => use(options, (own, all) => own.call(command, all)),
        pipeline: (commands, options) => use(options, (own, all) => own.pipeline(commands, all)),
      })
      isWell = true
      return result
    } finally {
      // Still being opened, for nobody any more.
      if (client === undefined) opening?.then(destroy, () => {})
      else if (isWell && closings === closingsBefore) idle.push(client)
      // What failed may have left something under way on it, or have given it a name that others heed.
      else client.destroy()
      leases--
      waiting.shift()?.()
    }
  }

  async function close(): Promise<void> {
    closings++
    for (const client of [shared, ...idle.splice(0)]) client?.destroy()
    shared = undefined
  }

  return { send, lease, assertConnections: async () => {}, close }
}

/** Nothing was sent yet: when the time is up, Redis was not reached. REDIS_TIMEOUT would leave open what became of a command. */
async function opened(opening: Promise<Client>, deadline: Deadline): Promise<Client> {
  try {
    return await withDeadline(opening, deadline)
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'REDIS_TIMEOUT')) throw error
    throw new AppError('REDIS_UNAVAILABLE', 'No connection to Redis was opened in time', { cause: error })
  }
}

function destroy(client: Client): void {
  client.destroy()
}

async function takeAlive(idle: Client[], deadline: Deadline): Promise<Client | undefined> {
  for (let client = idle.pop(); client !== undefined; client = idle.pop()) {
    if (await client.isAlive(deadline)) return client
  }
  return undefined
}
