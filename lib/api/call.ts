import type { ErrorCode, Problem } from '../errors.ts'

/** An answer that is no success. Ours have a code; those of API Gateway have none. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly code: ErrorCode | undefined
  /** What is wrong with the request, and where. */
  readonly errors: readonly Problem[]
  readonly retryAfterSeconds: number | undefined
  /** As it came, parsed where it is JSON. */
  readonly body: unknown

  constructor(route: string, response: Response, body: unknown) {
    const {
      code,
      detail,
      errors = [],
    } = isProblem(body) ? body : { code: undefined, detail: messageOf(body) }
    super(`${route}: ${response.status} ${code === undefined ? '' : `${code}: `}${detail}`)
    this.status = response.status
    this.code = code
    this.errors = errors
    this.retryAfterSeconds = secondsOf(response.headers.get('retry-after'))
    this.body = body
  }
}

export interface CallSettings {
  /** Where the API is, such as the output `ApiUrl` of the deployed stack. */
  url: string
  /** Sends a request; that of an AwsClient (aws4fetch) signs it. */
  fetch?: (url: string, init: RequestInit & { headers: Record<string, string> }) => Promise<Response>
  /** How often a request is sent again; 0 for never. Only one that may be sent twice is. */
  retries?: number
}

export interface CallOptions {
  signal?: AbortSignal
}

export interface Request {
  /** `GET /imports/{id}` */
  route: string
  id?: string | undefined
  query?: Readonly<Record<string, unknown>> | undefined
  body?: unknown
  headers?: Readonly<Record<string, string>>
}

/** What a client waits at most before it asks again; an answer that asks for more is an error at once. */
const MAX_WAIT_MS = 10_000
const FIRST_WAIT_MS = 200

/** A function that sends a request and gives the parsed body of its success, or throws an ApiError. */
export function caller({ url, fetch: send = fetch, retries = 2 }: CallSettings) {
  async function callOnce(
    { route, id, query, body, headers }: Request,
    options: CallOptions,
  ): Promise<unknown> {
    const [method = '', path = ''] = route.split(' ')
    // Not against the URL as a base, of which only the host would be left.
    const target = new URL(url.replace(/\/+$/, '') + path.replace('{id}', encodeURIComponent(id ?? '')))
    for (const [name, value] of Object.entries(query ?? {})) {
      if (value !== undefined) target.searchParams.set(name, String(value))
    }
    const response = await send(target.href, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...options,
    })
    const answer = parse(await response.text())
    if (response.ok) return answer
    throw new ApiError(`${method} ${target.pathname}`, response, answer)
  }

  return async function call(request: Request, options: CallOptions = {}): Promise<unknown> {
    const tries = mayBeRepeated(request) ? 1 + retries : 1
    for (let attempt = 1; ; attempt++) {
      try {
        return await callOnce(request, options)
      } catch (error) {
        const waitMs = waitBefore(error, attempt)
        if (attempt >= tries || waitMs === undefined || options.signal?.aborted) throw error
        await pause(waitMs, options.signal)
      }
    }
  }
}

/** Rejects with the signal's reason when it comes first. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const abort = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort)
      resolve()
    }, ms)
    signal?.addEventListener('abort', abort, { once: true })
  })
}

/**
 * A search only reads, any other POST does something each time, an import that was cancelled cannot be again, and a user
 * may have been written by somebody else since the first attempt; and how the service is now, is the answer.
 */
function mayBeRepeated({ route }: Request): boolean {
  return route === 'POST /search' || !/^(POST|DELETE) |^GET \/health$|^PUT \/users\//.test(route)
}

/** undefined for what will be the same next time. */
function waitBefore(error: unknown, attempt: number): number | undefined {
  const backOffMs = FIRST_WAIT_MS * 2 ** (attempt - 1) * (0.5 + Math.random() / 2)
  // What fetch throws for a connection that failed.
  if (error instanceof TypeError) return backOffMs
  if (!(error instanceof ApiError)) return undefined
  const { status, retryAfterSeconds } = error
  if (retryAfterSeconds === undefined) return [429, 502, 503, 504].includes(status) ? backOffMs : undefined
  return retryAfterSeconds * 1000 <= MAX_WAIT_MS ? retryAfterSeconds * 1000 : undefined
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function isProblem(body: unknown): body is { code: ErrorCode; detail: string; errors?: Problem[] } {
  return typeof body === 'object' && body !== null && 'code' in body && 'detail' in body
}

function messageOf(body: unknown): string {
  if (typeof body === 'object' && body !== null && 'message' in body) return String(body.message)
  return typeof body === 'string' ? body.slice(0, 200) : ''
}

/** Retry-After in seconds; a date, which we never send, counts as none. */
function secondsOf(header: string | null): number | undefined {
  return header !== null && /^\d+$/.test(header) ? Number(header) : undefined
}
