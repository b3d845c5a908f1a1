import { ApiError } from './api-error.ts'

/** The part of `fetch` that the client needs: `fetch` itself has it, and so have those of aws4fetch and undici. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchResponse>

export interface FetchInit {
  method: string
  headers: Record<string, string>
  body?: string
  signal?: AbortSignal
}

export interface FetchResponse {
  readonly ok: boolean
  readonly status: number
  readonly headers: { get(name: string): string | null }
  text(): Promise<string>
}

export interface ClientSettings {
  /** The address of the API, such as the output `ApiUrl` of a deployed stack. */
  url: string
  /** Sends each request in place of the global `fetch`, for example to sign it. */
  fetch?: Fetch | undefined
  /** How often a request is sent again after a failure that may pass; 2 by default, 0 for never. */
  retries?: number | undefined
}

export interface CallOptions {
  signal?: AbortSignal | undefined
}

export interface Request {
  /** `GET /imports/{id}` */
  route: string
  id?: string | undefined
  /** Of the other audience that one is compared with. */
  other?: string | undefined
  query?: Readonly<Record<string, unknown>> | undefined
  body?: unknown
  headers?: Readonly<Record<string, string>>
}

/** The longest wait before a request is sent again. An answer that asks for a longer one is an error at once. */
const MAX_WAIT_MS = 10_000
const FIRST_WAIT_MS = 200

/** A function that sends a request and returns the parsed body of its success, or throws an ApiError. */
export function caller({ url, fetch: send = fetch, retries = 2 }: ClientSettings) {
  async function callOnce({ route, id, other, query, body, headers }: Request, signal?: AbortSignal) {
    const [method = '', template = ''] = route.split(' ')
    const path = template.replace('{id}', encodeId(id)).replace('{other}', encodeId(other))
    const response = await send(url.replace(/\/+$/, '') + path + queryText(query), {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal !== undefined && { signal }),
    })
    const answer = parse(await response.text())
    if (response.ok) return answer
    throw new ApiError(`${method} ${path}`, response.status, answer, response.headers.get('retry-after'))
  }

  return async function call(request: Request, { signal }: CallOptions = {}): Promise<unknown> {
    const attempts = isRepeatable(request.route) ? 1 + retries : 1
    for (let attempt = 1; ; attempt++) {
      try {
        return await callOnce(request, signal)
      } catch (error) {
        const waitMs = waitBefore(error, attempt)
        if (attempt >= attempts || waitMs === undefined || signal?.aborted) throw error
        await pause(waitMs, signal)
      }
    }
  }
}

/** All but the unreserved characters of RFC 3986, as a signature counts them: a blank is %20, and never +. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function encodeId(id = ''): string {
  // A URL parser takes them, encoded or not, for steps from one folder to another.
  if (id === '.' || id === '..') throw new Error(`Expected an id other than . and .., got ${id}`)
  return encode(id)
}

function queryText(query: Request['query'] = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${encode(name)}=${encode(String(value))}`],
  )
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}

/** Rejects with the reason of the signal if the signal comes first. */
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

/** They only read. */
const REPEATABLE_POSTS: ReadonlySet<string> = new Set(['POST /search', 'POST /audiences/preview'])

/**
 * Whether a second attempt does no harm. A search and a preview only read; any other POST does something each time. An import can be
 * cancelled once. Another caller may have written the user since the first attempt. A health check asks about now.
 */
function isRepeatable(route: string): boolean {
  return REPEATABLE_POSTS.has(route) || !/^(POST|DELETE) |^GET \/health$|^PUT \/users\//.test(route)
}

/** `undefined` for a failure that the next attempt would meet again. */
function waitBefore(error: unknown, attempt: number): number | undefined {
  const backOffMs = FIRST_WAIT_MS * 2 ** (attempt - 1) * (0.5 + Math.random() / 2)
  // `fetch` throws a TypeError for a connection that failed.
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
