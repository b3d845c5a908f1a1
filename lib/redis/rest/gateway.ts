import { Redis } from '@upstash/redis'
import { ErrorReply } from 'redis'
import * as v from 'valibot'
import { AppError } from '../../errors.ts'
import type { Deadline, Reply } from '../redis.ts'
import { toRedisError } from '../server-errors.ts'
import { assertTimeLeft, withDeadline } from '../with-deadline.ts'
import type { HttpAnswer, HttpClient } from './http-client.ts'
import type { TextCommand } from './request.ts'

/** In place of the SDK's defaults, which would change what is sent or what comes back. */
const SETTINGS = {
  // "0.0339" would become a number, "5.96e-08" stay a text.
  automaticDeserialization: false,
  // A proxy object that sends reads and writes of one tick in requests of their own, and their order is lost.
  enableAutoPipelining: false,
  enableTelemetry: false,
} as const

const AnswerSchema = v.object({ result: v.optional(v.unknown()), error: v.nullish(v.string()) })

/**
 * Sends one command to a gateway, and gives what Redis answers, in RESP2 form.
 *
 * @throws AppError REDIS_UNAVAILABLE, REDIS_TIMEOUT, REDIS_BUSY, or what the refusal means
 */
export async function ask(
  { http, url }: { http: HttpClient; url: string },
  command: TextCommand,
  { deadline, mayRepeat }: { deadline: Deadline; mayRepeat: boolean },
): Promise<Reply> {
  assertTimeLeft(deadline)
  const { href, token } = parseUrl(url)
  const abort = new AbortController()
  const redis = new Redis({ ...SETTINGS, url: href, token })
  redis.use(async ({ body }) => {
    const post = () => http.post(href, { token, body: JSON.stringify(body), signal: abort.signal })
    // As over TCP: a connection that died in a freeze costs nobody an error.
    const again = (error: unknown) => (mayRepeat && !abort.signal.aborted ? post() : Promise.reject(error))
    return { result: resultOf(await post().catch(again)) }
  })
  return withDeadline(redis.exec<Reply>(command), deadline, () => abort.abort())
}

function parseUrl(text: string): { href: string; token: string } {
  const url = new URL(text)
  const token = decodeURIComponent(url.password)
  url.username = ''
  url.password = ''
  return { href: url.href, token }
}

/** Of the answer nothing is kept but what Redis itself has said: a page of an error may quote the token. */
function resultOf({ status, body }: HttpAnswer): unknown {
  if (status === 401) throw refusal('Unauthorized')
  if (status === 403) throw refusal('Forbidden')
  if (status === 429) throw new AppError('REDIS_BUSY', 'The gateway to Redis answers 429')
  const answer = v.safeParse(AnswerSchema, parseJson(body))
  const { result, error } = answer.success ? answer.output : {}
  // What Redis refuses comes with one of these; with any other it is not Redis who speaks.
  if (error && [200, 400, 500].includes(status)) throw refusal(error)
  if (status !== 200) throw unavailable(`answers ${status}`)
  if (result === undefined) throw unavailable('answers without a result')
  return result
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function refusal(text: string): AppError {
  return toRedisError(new ErrorReply(text.replace(/^Failed to execute Redis command: /, '')))
}

function unavailable(what: string): AppError {
  return new AppError('REDIS_UNAVAILABLE', `The gateway to Redis ${what}`)
}
