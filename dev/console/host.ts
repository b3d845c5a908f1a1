import type { IncomingMessage } from 'node:http'
import type { HttpAnswer } from '../local/http-answer.ts'
import { securityHeaders } from './headers.ts'
import { type Pages, toPage } from './pages.ts'

/** The pages refer to their files relatively, so the last slash belongs to the path. */
const PATH = '/console/'

export type Requested = Pick<IncomingMessage, 'method' | 'headers'>

/** Answers a request if its decoded path is one of the console. For undefined, the API answers. */
export type ConsoleHost = (request: Requested, path: string) => HttpAnswer | undefined

export interface HostSettings {
  /** To which the pages upload files, and from which they read reports. */
  bucketOrigin: string
  /** The path under which the console and the API are. */
  base?: string
  /** The address to show for calls from a program. By default, programs call this server. */
  apiUrl?: string
}

/** Serves the built console at /console/. */
export function consoleHost(built: Pages, { bucketOrigin, base = '', apiUrl }: HostSettings): ConsoleHost {
  // Signing in belongs to a host with the JWT authorizer. Here, the page only learns which address it may show.
  const config = JSON.stringify({ apiUrl: apiUrl ?? '../', needsProof: apiUrl !== undefined })
  const pages: Pages = new Map([...built, ['console-config.json', toPage('a.json', Buffer.from(config))]])
  const security = securityHeaders({ bucketOrigin })

  function answerPage({ method, headers }: Requested, path: string): HttpAnswer {
    const page = pages.get(path === '' ? 'index.html' : path)
    if (page === undefined) return answerText(404, 'The console has no such file.')
    if (method !== 'GET' && method !== 'HEAD')
      return answerText(405, `Expected GET or HEAD, got ${method}.`, { allow: 'GET, HEAD' })
    const cacheControl = page.isNamedByContent ? 'public, max-age=31536000, immutable' : 'no-cache'
    const own = { 'content-type': page.type, 'cache-control': cacheControl, etag: page.etag, ...security }
    const isUnchanged = headers['if-none-match']?.includes(page.etag) === true
    return { status: isUnchanged ? 304 : 200, headers: own, cookies: [], body: isUnchanged ? '' : page.body }
  }

  function answerText(status: number, line: string, more: Record<string, string> = {}): HttpAnswer {
    const plain = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' }
    return { status, headers: { ...plain, ...security, ...more }, cookies: [], body: `${line}\n` }
  }

  return (request, path) => {
    if (path.startsWith(PATH)) return answerPage(request, path.slice(PATH.length))
    if (path !== '/console' && !(path === '/' && asksForPage(request))) return undefined
    const headers = { location: `${base}${PATH}`, vary: 'accept', 'cache-control': 'no-store' }
    return { status: 302, headers, cookies: [], body: '' }
  }
}

/** A browser does, at its address line. A program that asks the API for / gets the API's answer. */
function asksForPage({ method, headers }: Requested): boolean {
  return (method === 'GET' || method === 'HEAD') && headers.accept?.includes('text/html') === true
}
