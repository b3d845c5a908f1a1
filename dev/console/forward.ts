import type { IncomingMessage } from 'node:http'
import type { DeployedStage } from '../cli/target.ts'
import type { HttpAnswer } from '../local/http-answer.ts'
import { expiredCredentials, toHostError } from './translate-error.ts'

/** The headers that the API reads. Others are the browser's, such as its cookie. */
const SENT = ['accept', 'content-type', 'if-match', 'if-none-match']
/** The headers that the pages read. Others are the connection's, or would speak for this origin. */
const RETURNED = [
  'content-type',
  'cache-control',
  'etag',
  'retry-after',
  'allow',
  'location',
  'x-content-type-options',
]
/** API Gateway stops after 30 s. */
const TIMEOUT_MS = 35_000

export type Api = Pick<DeployedStage, 'apiUrl' | 'send' | 'renew'>

/** Sends a request of the console to the API, signed with the operator's credentials, and returns the API's answer. */
export async function forward(
  { method = 'GET', headers }: Pick<IncomingMessage, 'method' | 'headers'>,
  { target, body }: { target: string; body: Buffer },
  { apiUrl, send, renew }: Api,
): Promise<HttpAnswer> {
  const sent = SENT.flatMap((name) => {
    const value = headers[name]
    return typeof value === 'string' ? [[name, value]] : []
  })
  const attempt = async () => {
    const response = await send(`${apiUrl.replace(/\/+$/, '')}${target}`, {
      method,
      headers: Object.fromEntries(sent),
      ...(body.length > 0 && { body: new Uint8Array(body) }),
      // The address of an audience's file is the browser's to follow.
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    return toAnswer(response)
  }
  try {
    const answer = await attempt()
    if (!isExpired(answer)) return answer
    await renew()
    const second = await attempt()
    if (!isExpired(second)) return second
  } catch (error) {
    throw toHostError(error)
  }
  throw expiredCredentials()
}

async function toAnswer(response: Response): Promise<HttpAnswer> {
  const returned = RETURNED.flatMap((name) => {
    const value = response.headers.get(name)
    return value === null ? [] : [[name, value]]
  })
  const body = Buffer.from(await response.arrayBuffer())
  return { status: response.status, headers: Object.fromEntries(returned), cookies: [], body }
}

/** API Gateway names the reason in its message, and has no code for it. */
function isExpired({ status, body }: HttpAnswer): boolean {
  return status === 403 && /"message":\s*"[^"]*expired/i.test(body.toString())
}
