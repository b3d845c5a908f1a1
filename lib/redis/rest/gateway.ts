import { Redis } from '@upstash/redis'
import { ErrorReply } from 'redis'
import * as v from 'valibot'
import { AppError } from '../../errors.ts'
import type { Deadline, Reply } from '../redis.ts'
import { toRedisError } from '../server-errors.ts'
import { assertTimeLeft, withDeadline } from '../with-deadline.ts'
import type { HttpAnswer, HttpClient } from './http-client.ts'
import type { TextCommand } from './request.ts'

/** Overrides of the SDK's defaults, which would change a command or its reply. */
const SETTINGS = {
  // With it, "0.0339" would become a number and "5.96e-08" would stay text.
  automaticDeserialization: false,
  // With it, the SDK sends reads and writes of one tick in separate requests, and their order is lost.
  enableAutoPipelining: false,
  enableTelemetry: false,
} as const

const AnswerSchema = v.object({ result: v.optional(v.unknown()), error: v.nullish(v.string()) })

/**
 * Sends one command to a gateway and returns Redis's reply in RESP2 form.
 *
 * @throws AppError REDIS_UNAVAILABLE, REDIS_TIMEOUT, REDIS_BUSY, or the code of the refusal
 */
export async function sendToGateway(
  { http, url }: { http: HttpClient; url: string },
  command: TextCommand,
  { deadline, isRepeatable }: { deadline: Deadline; isRepeatable: boolean },
): Promise<Reply> {
  assertTimeLeft(deadline)
  const { href, token } = parseUrl(url)
  const abort = new AbortController()
  const redis = new Redis({ ...SETTINGS, url: href, token })
  redis.use(async ({ body }) => {
    const post = () => http.post(href, { token, body: JSON.stringify(body), signal: abort.signal })
    // As over TCP: a connection that died in a freeze causes no error.
    const retry = (error: unknown) => (isRepeatable && !abort.signal.aborted ? post() : Promise.reject(error))
    return { result: resultOf(await post().catch(retry)) }
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

/** Keeps only Redis's own words of the answer: an error page may quote the token. */
function resultOf({ status, body }: HttpAnswer): unknown {
  if (status === 401) throw refusalError('Unauthorized')
  if (status === 403) throw refusalError('Forbidden')
  if (status === 429)
    throw new AppError(
      'REDIS_BUSY',
      'The HTTP gateway to Redis answers 429 (too many requests): try again later',
    )
  const answer = v.safeParse(AnswerSchema, parseJson(body))
  const { result, error } = answer.success ? answer.output : {}
  // Redis's refusals come with one of these statuses. With any other, the text is the gateway's own.
  if (error && [200, 400, 500].includes(status)) throw refusalError(error)
  if (status !== 200) throw unavailableError(`answers ${status}`)
  if (result === undefined) throw unavailableError('answers without a result')
  return result
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function refusalError(text: string): AppError {
  return toRedisError(new ErrorReply(text.replace(/^Failed to execute Redis command: /, '')))
}

function unavailableError(problem: string): AppError {
  return new AppError('REDIS_UNAVAILABLE', `The HTTP gateway to Redis ${problem}`)
}
