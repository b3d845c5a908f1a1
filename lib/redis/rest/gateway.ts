import { errors, Redis, type RedisConfigNodejs } from '@upstash/redis'
import { ErrorReply } from 'redis'
import { AppError } from '../../errors.ts'
import type { Deadline, Reply } from '../redis.ts'
import { toRedisError } from '../server-errors.ts'
import { assertTimeLeft, within } from '../within.ts'
import type { TextCommand } from './request.ts'

/** In place of the SDK's defaults, which would change what is sent or what comes back. */
const SETTINGS = {
  // Not every gateway heeds the wish for base64, and the SDK decodes it whatever has come.
  responseEncoding: false,
  // "0.0339" would become a number, "5.96e-08" stay a text.
  automaticDeserialization: false,
  // A proxy object that sends reads and writes of one tick in requests of their own, and their order is lost.
  enableAutoPipelining: false,
  readYourWrites: false,
  enableTelemetry: false,
} as const

/**
 * Sends one command to a gateway, and gives what Redis answers, in RESP2 form.
 *
 * @throws AppError REDIS_UNAVAILABLE, REDIS_TIMEOUT, or what the refusal means
 */
export async function ask(
  url: string,
  command: TextCommand,
  { deadline, mayRepeat }: { deadline: Deadline; mayRepeat: boolean },
): Promise<Reply> {
  assertTimeLeft(deadline)
  const abort = new AbortController()
  // As over TCP: a connection that died in a freeze costs nobody an error. `retry: false` would be one attempt more.
  const retry = { retries: mayRepeat ? 1 : 0, backoff: () => 0 }
  // The signal in a function: given as a value, it makes the SDK answer null when it fires.
  const reply = clientOf(url, { retry, signal: () => abort.signal })
    .exec<Reply>(command)
    .catch((thrown: unknown) => {
      throw meaningOf(thrown)
    })
  return within(reply, deadline, () => abort.abort())
}

/** A client is no more than its settings: one for each request (10 µs) has a signal of its own. */
function clientOf(gateway: string, settings: Pick<RedisConfigNodejs, 'retry' | 'signal'>): Redis {
  const url = new URL(gateway)
  const token = decodeURIComponent(url.password)
  url.username = ''
  url.password = ''
  return new Redis({ ...SETTINGS, ...settings, url: url.href, token })
}

/** None of the SDK's own errors is kept as a cause: they quote the whole command, or the beginning of the answer. */
function meaningOf(thrown: unknown): unknown {
  if (thrown instanceof errors.UpstashJSONParseError) {
    const [, body = ''] = thrown.message.split('Unable to parse response body: ')
    // With the status 401, which the SDK does not hand on.
    return /^(Unauthorized|Forbidden)\b/.test(body) ? refusal(body) : unavailable('answers with no JSON')
  }
  if (thrown instanceof errors.UpstashError) {
    const [text = ''] = thrown.message.split(', command was: ')
    return text === 'undefined' ? unavailable('cannot serve') : refusal(text)
  }
  if (!(thrown instanceof TypeError)) return thrown
  // fetch's, of whatever kind: the reason is in its cause.
  if (thrown.cause instanceof Error) return unavailable('cannot be reached', thrown.cause)
  return thrown.message === 'Request did not return a result' ? unavailable('answers with no result') : thrown
}

function refusal(text: string): AppError {
  return toRedisError(new ErrorReply(text.replace(/^Failed to execute Redis command: /, '')))
}

function unavailable(what: string, cause?: Error): AppError {
  return new AppError('REDIS_UNAVAILABLE', `The gateway to Redis ${what}`, { cause })
}
