import type { ClientRequest, IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { type AwsCredentials, signPost } from './signature.ts'

/** Where a service of AWS is, and the credentials to call it. */
export interface AwsService {
  /** The name in a signature: `ssm`. */
  name: string
  endpoint: string
  region: string
  credentials: AwsCredentials
}

export interface AwsJsonCall {
  /** The operation: `AmazonSSM.GetParameter`. */
  target: string
  input: Record<string, unknown>
  /** For one attempt, from the connection to the end of the answer. */
  timeoutMs: number
  attempts: number
}

/** An answer other than 200. Its name is the error's type, such as ParameterNotFound, as with the SDK. */
class AwsError extends Error {
  readonly isTransient: boolean

  constructor(status: number, type: string) {
    super(`the service answered ${status}`)
    this.name = type
    this.isTransient = status >= 500 || status === 429 || /Throttl/.test(type)
  }
}

/**
 * Calls one operation of a service that speaks JSON over POST. The SDK's client for it would take half of a first
 * invocation: 200 KB of code to load, for one request.
 *
 * @throws AwsError; TimeoutError and Node's errors of connections
 */
export async function callAwsJson(service: AwsService, call: AwsJsonCall): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryOnce(service, call)
    } catch (error) {
      const isLast = attempt >= call.attempts
      if (isLast || (error instanceof AwsError && !error.isTransient)) throw error
    }
  }
}

async function tryOnce(service: AwsService, { target, input, timeoutMs }: AwsJsonCall): Promise<unknown> {
  const url = new URL(service.endpoint)
  const body = JSON.stringify(input)
  const headers = signPost({
    url,
    body,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
    service: service.name,
    region: service.region,
    credentials: service.credentials,
  })
  const { status, answer } = await post(url, { headers, body, timeoutMs })
  const parsed: unknown = JSON.parse(answer === '' ? '{}' : answer)
  if (status === 200) return parsed
  throw new AwsError(status, typeOf(parsed))
}

/** `com.amazonaws.ssm#ParameterNotFound` → `ParameterNotFound` */
function typeOf(answer: unknown): string {
  const isTyped = typeof answer === 'object' && answer !== null && '__type' in answer
  return isTyped ? (String(answer.__type).split('#').at(-1) ?? '') : 'AwsError'
}

interface Post {
  headers: Record<string, string>
  body: string
  timeoutMs: number
}

function post(url: URL, { headers, body, timeoutMs }: Post): Promise<{ status: number; answer: string }> {
  const signal = AbortSignal.timeout(timeoutMs)
  return new Promise((resolve, reject) => {
    const request = startRequest(url, { method: 'POST', headers, signal })
    request.on('response', (response: IncomingMessage) => {
      text(response).then((answer) => resolve({ status: response.statusCode ?? 0, answer }), reject)
    })
    // The timeout aborts the request. Its reason says more than Node's "The operation was aborted".
    request.on('error', (error) => reject(signal.aborted ? signal.reason : error))
    request.end(body)
  })
}

/** Loads Node's module now. An import of ES modules loads all of it, which costs a cold start 25 ms in place of 4. */
function startRequest(
  url: URL,
  options: { method: string; headers: Record<string, string>; signal: AbortSignal },
): ClientRequest {
  return url.protocol === 'https:'
    ? process.getBuiltinModule('node:https').request(url, options)
    : process.getBuiltinModule('node:http').request(url, options)
}
