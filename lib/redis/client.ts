import { ErrorReply, RESP_TYPES, RedisClient } from 'redis'
import { AppError } from '../errors.ts'
import type { Command, Deadline, OptionsWithDeadline, Outcome, Reply } from './redis.ts'
import { isReadOnly, toRedisError } from './server-errors.ts'
import { withDeadline } from './with-deadline.ts'

/**
 * One connection to Redis. It is never used again after a call times out, after its socket ends, or after its server
 * has become a replica.
 */
export interface Client {
  call(command: Command, options: OptionsWithDeadline): Promise<Reply>
  pipeline(commands: readonly Command[], options: OptionsWithDeadline): Promise<Outcome[]>
  /** Whether the server was heard of so lately that no PING is needed. */
  isHeard(): boolean
  /** Tells whether the connection is usable. Sends a PING if the server was silent for a while. */
  isAlive(deadline: Deadline): Promise<boolean>
  destroy(): void
}

export interface TlsSettings {
  /** PEM of a private certificate authority. */
  ca?: string | undefined
  /** The name in the server's certificate, if it differs from the host of the URL. */
  servername?: string | undefined
}

const CONNECT_MS = 2_000
/**
 * Lambda freezes an environment between invocations, and the socket may be dead afterwards: a NAT gateway drops an
 * idle connection after 350 s. A connection that was silent for a second is therefore probed first. A live one costs
 * 0.1 ms, a dead one 250 ms instead of a whole deadline.
 */
const PROBE_AFTER_MS = 1_000
const PROBE_MS = 250
/** The limit of queued commands. Two windows of an import are some 1,500 commands. */
const MAX_QUEUED = 10_000

const BINARY = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } }
const UNDECODED = {
  typeMapping: { ...BINARY.typeMapping, [RESP_TYPES.SIMPLE_STRING]: Buffer, [RESP_TYPES.MAP]: Array },
}

/** @throws AppError REDIS_UNAVAILABLE, REDIS_REFUSED (the password), REDIS_BUSY (too many clients) */
export async function openClient(url: string, tls: TlsSettings, deadline: Deadline): Promise<Client> {
  const client = newClient(url, tls)
  // Without a listener, an 'error' event would end the process. The call in flight rejects with the fault.
  client.on('error', () => {})
  const destroy = () => {
    if (client.isOpen) client.destroy()
  }
  await withDeadline(client.connect(), Math.min(deadline, Date.now() + CONNECT_MS), destroy).catch(
    (error: AppError) => {
      destroy()
      // The client has sent no command yet, so the fault is "unreachable" and not "outcome unknown".
      if (error.code !== 'REDIS_TIMEOUT') throw error
      throw new AppError('REDIS_UNAVAILABLE', 'Redis accepts the connection, but does not answer', {
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

  const send = (command: Command, { binary, undecoded }: OptionsWithDeadline) =>
    client.sendCommand<Reply>(command, undecoded ? UNDECODED : binary ? BINARY : undefined)

  const call = (command: Command, options: OptionsWithDeadline) =>
    wait(send(command, options), options.deadline)

  async function probe(deadline: Deadline): Promise<boolean> {
    try {
      await call(['PING'], { deadline: Math.min(deadline, Date.now() + PROBE_MS) })
      return true
    } catch {
      destroy()
      return false
    }
  }

  /** While a call is in flight, silence means nothing, and a probe that fails would destroy that call's answer. */
  const isHeard = () =>
    client.isReady && probing === undefined && (inFlight > 0 || Date.now() - heardAt < PROBE_AFTER_MS)

  return {
    call,
    destroy,

    async pipeline(commands, options) {
      const replies = commands.map((command) => send(command, options))
      // Most pipelines have no refusal. `allSettled` makes an object for each reply, and an import has many.
      const settled = Promise.all(replies).then(
        (all) => all.map((reply): Outcome => ({ reply })),
        async () => (await Promise.allSettled(replies)).map(toOutcome),
      )
      const outcomes = await wait(settled, options.deadline)
      if (outcomes.some((outcome) => 'refused' in outcome && isReadOnly(outcome.refused))) destroy()
      return outcomes
    },

    isHeard,

    async isAlive(deadline) {
      if (!client.isReady) return false
      if (probing !== undefined) return probing
      if (isHeard()) return true
      probing = probe(deadline).finally(() => {
        probing = undefined
      })
      return probing
    },
  }
}

/** @throws AppError unless the server answered */
function toOutcome(result: PromiseSettledResult<Reply>): Outcome {
  if (result.status === 'fulfilled') return { reply: result.value }
  if (result.reason instanceof ErrorReply) return { refused: toRedisError(result.reason) }
  throw toRedisError(result.reason)
}

/**
 * Uses `new RedisClient` and not `createClient`. `createClient` builds a class with a method for each of 400
 * commands, and again for every new URL; we only need `sendCommand`. This saved 30 ms of a cold start of 102 ms. It
 * saves 20 ms for every client behind sentinels, and a failover opens hundreds.
 */
function newClient(url: string, { ca, servername }: TlsSettings) {
  const tls = { tls: true as const, ...(ca && { ca }), ...(servername && { servername }) }
  return new RedisClient({
    url,
    // RESP3 carries a search's warnings ("Timeout limit was reached"); RESP2 drops them.
    RESP: 3,
    // 0 means no timeout. The default of 5 s rejects healthy commands that wait in a long pipeline (479,474 of
    // 500,000 SETs).
    commandOptions: { timeout: 0 },
    commandsQueueMaxLength: MAX_QUEUED,
    maintNotifications: 'disabled',
    socket: {
      connectTimeout: CONNECT_MS,
      // No reconnecting: it hides how long a call waits. The default strategy also stops for good after a long idle
      // time.
      reconnectStrategy: false,
      ...(new URL(url).protocol === 'rediss:' && tls),
    },
  })
}
