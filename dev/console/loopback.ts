import { createServer, type IncomingMessage } from 'node:http'
import { type HttpAnswer, sendAnswer } from '../local/http-answer.ts'
import { decodePath, readBody } from '../local/http-event.ts'
import { listen } from '../local/listen.ts'
import { reportError } from '../local/report.ts'
import { admitOwn } from './admit-own.ts'
import { type Api, forward } from './forward.ts'
import { consoleHost } from './host.ts'
import type { Pages } from './pages.ts'
import { HostError, problemAnswer } from './problem.ts'
import { openSession, type Session } from './session.ts'
import { toHostError } from './translate-error.ts'

const HOST = '127.0.0.1'

export interface LoopbackConsole {
  /** The address that signs one browser in, once. */
  link: string
  close(): Promise<void>
}

/**
 * Serves the console of a deployed stage to one browser of this machine, and signs its calls with the operator's
 * credentials. No other page and no other user's process may use it: see admitOwn and openSession.
 */
export async function startLoopbackConsole(
  pages: Pages,
  api: Api,
  { bucketOrigin, port = 0 }: { bucketOrigin: string; port?: number },
): Promise<LoopbackConsole> {
  const session = openSession()
  const host = consoleHost(pages, { bucketOrigin, base: session.base, apiUrl: api.apiUrl })

  const answer = async (request: IncomingMessage): Promise<HttpAnswer> => {
    admitOwn(request, authorityOf(request.socket.localPort))
    const { pathname, search, searchParams } = new URL(`http://${HOST}${request.url ?? '/'}`)
    if (pathname === '/sign-in') return signIn(session, request, searchParams)
    const target = pathname.startsWith(`${session.base}/`) ? pathname.slice(session.base.length) : undefined
    if (target === undefined || !session.isSignedIn(request.headers)) {
      const message =
        'Expected a browser that is signed in: start "npm run console" again, and open the link that it prints'
      throw new HostError('SIGN_IN_NEEDED', message)
    }
    const page = host(request, decodePath(target) ?? '')
    if (page !== undefined) return page
    const body = await readBody(request)
    if (body === undefined)
      throw new HostError('BODY_TOO_LARGE', 'Expected a body of at most 10 MB, got more')
    return forward(request, { target: `${target}${search}`, body }, api)
  }

  const server = createServer((request, response) => {
    answer(request)
      .catch((error: unknown) => problemAnswer(toHostError(error)))
      .then((result) => sendAnswer(response, result))
      .catch((error: unknown) => {
        if (request.complete) reportError('The answer of a request failed:', error)
        response.destroy()
      })
  })
  const { url, close } = await listen(server, { port, host: HOST })
  return { link: `${url}${session.link}`, close }
}

/** A browser leaves port 80 out of the host and the origin. */
export const authorityOf = (port: number | undefined): string => (port === 80 ? HOST : `${HOST}:${port}`)

function signIn(session: Session, { method }: IncomingMessage, query: URLSearchParams): HttpAnswer {
  const cookie = method === 'GET' ? session.signIn(query.get('token') ?? undefined) : undefined
  if (cookie === undefined) {
    const message =
      'Expected a link that was not used before: start "npm run console" again, and open the link that it prints'
    throw new HostError('LINK_USED', message)
  }
  const headers = {
    location: `${session.base}/console/`,
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
  }
  return { status: 303, headers, cookies: [cookie], body: '' }
}
