/** A small client of the HTTP API, for the commands. Throws an Error whose message a user can act on. */
export interface Api {
  get(path: string): Promise<unknown>
  post(path: string, body: unknown): Promise<unknown>
  put(path: string, body?: unknown): Promise<unknown>
}

/** Sends a request, signed where the API wants it. */
export type Fetch = (
  url: string,
  init: { method: string; headers: Record<string, string>; body?: string },
) => Promise<Response>

export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export function createApi(url: string, send: Fetch = fetch): Api {
  async function request(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await send(new URL(path, url).href, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (response.ok) return JSON.parse(text)
    throw new ApiError(response.status, `${method} ${path}: ${response.status} ${explain(text)}`)
  }
  return {
    get: (path) => request('GET', path),
    post: (path, body) => request('POST', path, body),
    put: (path, body) => request('PUT', path, body),
  }
}

/** Our own errors have a code and a detail; a gateway's have a message. */
function explain(text: string): string {
  try {
    const { code, detail, message } = JSON.parse(text)
    return code === undefined ? String(message) : `${code}: ${detail}`
  } catch {
    return text.slice(0, 200)
  }
}
