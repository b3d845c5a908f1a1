import { AppError } from '../errors.ts'
import type { Client } from './client.ts'
import {
  type CallOptions,
  type Command,
  type Connection,
  DEFAULT_TIMEOUT_MS,
  type Deadline,
  type OptionsWithDeadline,
  type RedisPool,
  type Reply,
  withDefaultDeadline,
} from './redis.ts'
import { isReadOnly } from './server-errors.ts'
import { singleFlight } from './single-flight.ts'
import { assertTimeLeft, withDeadline } from './with-deadline.ts'

const MAX_LEASES = 8

/**
 * The pooled connection. All `send` calls share one client: Redis runs one command at a time and node-redis
 * pipelines, so more clients bring nothing. Each `lease` has a client of its own, which the pool reuses.
 *
 * The pool opens clients on first use and stores them between invocations. It discards a failed client and never
 * repairs it. The pool of node-redis hands out dead clients forever, and its reconnecting hides how long a call
 * waits (docs/decisions/0003).
 */
export function connectionPool(openClient: (deadline: Deadline) => Promise<Client>): RedisPool {
  let shared: Client | undefined
  const idle: Client[] = []
  const waiting: (() => void)[] = []
  let leases = 0
  let closings = 0

  async function open(deadline: Deadline): Promise<Client> {
    const before = closings
    const client = await openClient(deadline)
    if (closings === before) return client
    client.destroy()
    throw new AppError('REDIS_UNAVAILABLE', 'The connection to Redis was closed while it was being opened')
  }

  const openShared = singleFlight(async (deadline) => {
    shared = await open(deadline)
    return shared
  })

  /** The shared client, and whether this call opened it. */
  async function sharedClient(deadline: Deadline): Promise<{ client: Client; isNew: boolean }> {
    for (let current = shared; current !== undefined; current = shared) {
      if (await current.isAlive(deadline)) return { client: current, isNew: false }
      if (shared === current) shared = undefined
    }
    return { client: await waitForOpening(openShared(deadline), deadline), isNew: true }
  }

  /**
   * When a connection breaks under a command, the server may have executed the command or not. Our commands may run
   * twice, except those marked `once`, so the pool sends them again. A socket that died in a freeze therefore causes
   * no error. A former primary refuses writes as READONLY; the pool sends such a write to the new primary.
   */
  async function send(command: Command, given?: CallOptions): Promise<Reply> {
    const options = withDefaultDeadline(given)
    const { deadline, once } = options
    assertTimeLeft(deadline)
    const { client, isNew } = shared?.isHeard()
      ? { client: shared, isNew: false }
      : await sharedClient(deadline)
    try {
      return await client.call(command, options)
    } catch (error) {
      const isLost = error instanceof AppError && error.code === 'REDIS_UNAVAILABLE'
      const isRetryUseful = !isNew && ((isLost && !once) || isReadOnly(error))
      if (!isRetryUseful || Date.now() >= deadline) throw error
      return (await sharedClient(deadline)).client.call(command, options)
    }
  }

  /**
   * Waits until a lease ends. A caller that times out leaves the queue at once: otherwise a lease that ends would
   * wake only that caller.
   */
  async function waitForTurn(deadline: Deadline): Promise<void> {
    let resume = () => {}
    const freed = new Promise<void>((resolve) => {
      resume = resolve
    })
    waiting.push(resume)
    try {
      await withDeadline(freed, deadline, () => waiting.splice(waiting.indexOf(resume), 1))
    } catch (error) {
      const message = `Expected one of ${MAX_LEASES} leased connections to become free before the deadline, none did: try again`
      throw new AppError('REDIS_BUSY', message, { cause: error })
    }
  }

  async function lease<T>(
    work: (connection: Connection) => Promise<T>,
    { deadline = Date.now() + DEFAULT_TIMEOUT_MS }: CallOptions = {},
  ): Promise<T> {
    while (leases >= MAX_LEASES) await waitForTurn(deadline)
    leases++
    const closingsBefore = closings
    let client: Client | undefined
    let opening: Promise<Client> | undefined
    const openOwn = async (deadline: Deadline) => {
      client = (await takeLiveClient(idle, deadline)) ?? (await open(deadline))
      return client
    }
    const use = async <R>(
      given: CallOptions | undefined,
      run: (client: Client, options: OptionsWithDeadline) => Promise<R>,
    ) => {
      const options = withDefaultDeadline(given)
      const { deadline } = options
      assertTimeLeft(deadline)
      // Stores the promise and not the client. Two calls at once would otherwise open two connections and lose their
      // order.
      opening ??= openOwn(deadline)
      const mine = opening
      mine.catch(() => {
        if (opening === mine) opening = undefined
      })
      return run(await waitForOpening(mine, deadline), options)
    }
    let hasSucceeded = false
    try {
      const result = await work({
        send: (command, options) => use(options, (own, all) => own.call(command, all)),
        pipeline: (commands, options) => use(options, (own, all) => own.pipeline(commands, all)),
      })
      hasSucceeded = true
      return result
    } finally {
      // The client is still being opened, and no call needs it any more.
      if (client === undefined) opening?.then(destroy, () => {})
      else if (hasSucceeded && closings === closingsBefore) idle.push(client)
      // Failed work may have left a command in flight, or a connection name that other clients read.
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

/**
 * No command was sent yet, so the fault is REDIS_UNAVAILABLE. REDIS_TIMEOUT would mean that the outcome of a command
 * is unknown.
 */
async function waitForOpening(opening: Promise<Client>, deadline: Deadline): Promise<Client> {
  try {
    return await withDeadline(opening, deadline)
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'REDIS_TIMEOUT')) throw error
    throw new AppError(
      'REDIS_UNAVAILABLE',
      'Expected a connection to Redis before the deadline, none was opened',
      { cause: error },
    )
  }
}

function destroy(client: Client): void {
  client.destroy()
}

async function takeLiveClient(idle: Client[], deadline: Deadline): Promise<Client | undefined> {
  for (let client = idle.pop(); client !== undefined; client = idle.pop()) {
    if (await client.isAlive(deadline)) return client
  }
  return undefined
}
