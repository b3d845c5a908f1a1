import { ErrorReply, RESP_TYPES, RedisClient } from 'redis'
import { AppError } from '../errors.ts'
import type { CallOptions, Command, Deadline, Outcome, Reply } from './redis.ts'
import { isReadOnly, toRedisError } from './server-errors.ts'
import { withDeadline } from './with-deadline.ts'

/**
 * One connection to Redis. When a call of it runs out of time, its socket ends or its server has become a replica, it is
 * dead for good.
 */
export interface Client {
  call(command: Command, options: ClientOptions): Promise<Reply>
  pipeline(commands: readonly Command[], options: ClientOptions): Promise<Outcome[]>
  /** Whether it may be used; asks the server when it has been silent for a while. */
  isAlive(deadline: Deadline): Promise<boolean>
  destroy(): void
}

export type ClientOptions = CallOptions & { deadline: Deadline }

export interface TlsSettings {
  /** PEM of a certificate authority of one's own. */
  ca?: string | undefined
  /** The name in the server's certificate, when it is not the host of the URL. */
  servername?: string | undefined
}

const CONNECT_MS = 2_000
/**
 * A Lambda environment is frozen between invocations, and its socket may be dead when it thaws: a NAT gateway forgets
 * it after 350 s without a word. Who has heard nothing for a second asks first: 0.1 ms, or 250 ms instead of a deadline.
 */
const PROBE_AFTER_MS = 1_000
const PROBE_MS = 250
/** What waits for its turn is bounded; two windows of an import are some 1,500 commands. */
const MAX_QUEUED = 10_000

const BINARY = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } }

/** @throws AppError REDIS_UNAVAILABLE, REDIS_REFUSED (the password), REDIS_BUSY (too many clients) */
export async function openClient(url: string, tls: TlsSettings, deadline: Deadline): Promise<Client> {
  const client = newClient(url, tls)
  // Without a listener an 'error' would end the process. The call in flight reports what happened.
  client.on('error', () => {})
  const destroy = () => {
    if (client.isOpen) client.destroy()
  }
  await withDeadline(client.connect(), Math.min(deadline, Date.now() + CONNECT_MS), destroy).catch(
    (error: AppError) => {
      destroy()
      // Nothing was sent yet: whatever the server would have said, it cannot be reached.
      if (error.code !== 'REDIS_TIMEOUT') throw error
      throw new AppError('REDIS_UNAVAILABLE', 'Redis takes the connection, but does not answer', {
        cause: error,
      })
    },
  )

  let heardAt = Date.now()
  let inFlight = 0
  let probing: Promise<boolean> | undefined

  async function wait<T>(work: Promise<T>, deadline: Deadline): Promise<T> {
    inFlight++
    try {
      return await withDeadline(work, deadline, destroy)
    } catch (error) {
      if (isReadOnly(error)) destroy()
      throw error
    } finally {
      inFlight--
      if (client.isReady) heardAt = Date.now()
    }
  }

  const send = (command: Command, { binary }: ClientOptions) =>
    client.sendCommand<Reply>([...command], binary ? BINARY : undefined)

  const call = (command: Command, options: ClientOptions) => wait(send(command, options), options.deadline)

  async function probe(deadline: Deadline): Promise<boolean> {
    try {
      await call(['PING'], { deadline: Math.min(deadline, Date.now() + PROBE_MS) })
      return true
    } catch {
      destroy()
      return false
    }
  }

  return {
    call,
    destroy,

    async pipeline(commands, options) {
      const replies = commands.map((command) => send(command, options))
      const settled = await wait(Promise.allSettled(replies), options.deadline)
      const outcomes = settled.map((result): Outcome => {
        if (result.status === 'fulfilled') return { reply: result.value }
        if (result.reason instanceof ErrorReply) return { refused: toRedisError(result.reason) }
        throw toRedisError(result.reason)
      })
      if (outcomes.some((outcome) => 'refused' in outcome && isReadOnly(outcome.refused))) destroy()
      return outcomes
    },

    async isAlive(deadline) {
      if (!client.isReady) return false
      if (probing !== undefined) return probing
      // While it works for somebody its silence means nothing, and a probe that fails would take his answer away.
      if (inFlight > 0 || Date.now() - heardAt < PROBE_AFTER_MS) return true
      probing = probe(deadline).finally(() => {
        probing = undefined
      })
      return probing
    },
  }
}

/**
 * Not by createClient, which first makes a class with a method for each of 400 commands, anew whenever the options are
 * not those of the time before, and the URL is one of them. sendCommand is all we use. It was 30 ms of a cold start's
 * 102, and 20 ms for every client behind sentinels, of which a failover wants hundreds.
 */
function newClient(url: string, { ca, servername }: TlsSettings) {
  const tls = { tls: true as const, ...(ca && { ca }), ...(servername && { servername }) }
  return new RedisClient({
    url,
    // RESP3 carries a search's warnings ("Timeout limit was reached"); RESP2 drops them.
    RESP: 3,
    // 0 is none: the default of 5 s rejects healthy commands that wait in a long pipeline (479,474 of 500,000 SETs).
    commandOptions: { timeout: 0 },
    commandsQueueMaxLength: MAX_QUEUED,
    maintNotifications: 'disabled',
    socket: {
      connectTimeout: CONNECT_MS,
      // Off: it hides how long a call waits, and its default ends for good when a socket was idle for long.
      reconnectStrategy: false,
      ...(new URL(url).protocol === 'rediss:' && tls),
    },
  })
}
